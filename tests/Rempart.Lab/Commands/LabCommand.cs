using System.Diagnostics;
using System.Runtime.InteropServices;
using Rempart.Lab.Hosts;
using Rempart.Lab.Layout;

namespace Rempart.Lab.Commands;

/// <summary>`rempart-lab`, which `./dev lab` calls.</summary>
internal static class LabCommand
{
    private const int Usage = 64;
    private const string Help = """
        usage: rempart-lab up N --link PATH --programs DIR --runtime DIR --micro DIR
                                     start N hosts; PATH becomes a link to the lab's folder, and goes if they can't be started
               rempart-lab VERB… --folder DIR
          resume                     start what is down
          status                     hosts, planes, services, nodes
          cut HOST PLANE             drop what the host sends and gets in management, migration, storage or tenant
          heal [HOST [PLANE]]        end cuts
          freeze HOST | thaw HOST    stop every process of a host where it is; let them go on
          kill HOST [SERVICE]        pull the plug; with a service, kill -9 of its process
          stop HOST SERVICE | start HOST
                                     stop a service for good; start all that are stopped
          reboot HOST                pull the plug and boot
          shell HOST [COMMAND…]      a shell on a host
          env                        PATH and KUBECONFIG for a shell here
          down                       end everything and leave nothing
        """;

    internal static async Task<int> RunAsync(string[] arguments, TextWriter output, TextWriter errors, TimeProvider time)
    {
        using var stop = new CancellationTokenSource();
        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        try
        {
            var words = arguments.ToList();
            if (words is ["up", var hosts, .. var options])
            {
                await UpAsync(hosts, options, output, time, stop.Token);
                return 0;
            }
            if (Take(words, "--folder") is not { } folder || words.Count == 0) throw new FormatException(Help);
            return await DoAsync(LabCluster.Open(folder, time), words, output, stop.Token);
        }
        catch (FormatException wrong)
        {
            await errors.WriteLineAsync(wrong.Message);
            return Usage;
        }
        catch (LabException failure)
        {
            await errors.WriteLineAsync(failure.Message);
            return 1;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            await errors.WriteLineAsync("interrupted");
            return 130;
        }
    }

    private static async Task UpAsync(string hosts, List<string> options, TextWriter output, TimeProvider time, CancellationToken cancellationToken)
    {
        var link = Take(options, "--link") ?? throw new FormatException(Help);
        var plan = Plan(hosts, options);
        try
        {
            await LabCluster.StartAsync(plan, isOwned: false, lab => File.CreateSymbolicLink(link, lab.Folder), Progress(output), time, cancellationToken);
        }
        catch when (!Directory.Exists(link))
        {
            File.Delete(link);
            throw;
        }
    }

    private static async Task<int> DoAsync(LabCluster lab, List<string> words, TextWriter output, CancellationToken cancellationToken)
    {
        switch (words)
        {
            case ["resume"]: await lab.ResumeAsync(Progress(output), cancellationToken); return 0;
            case ["status"]: return await LabStatus.WriteAsync(lab, output, cancellationToken);
            case ["cut", var host, var plane]: await lab.Planes.CutAsync(lab.Host(host), ReadPlane(plane), cancellationToken); return 0;
            case ["heal"]: await lab.Planes.HealAsync(null, null, cancellationToken); return 0;
            case ["heal", var host]: await lab.Planes.HealAsync(lab.Host(host), null, cancellationToken); return 0;
            case ["heal", var host, var plane]: await lab.Planes.HealAsync(lab.Host(host), ReadPlane(plane), cancellationToken); return 0;
            case ["freeze", var host]: await lab.Host(host).FreezeAsync(cancellationToken); return 0;
            case ["thaw", var host]: await lab.Host(host).ThawAsync(cancellationToken); return 0;
            case ["kill", var host]: await lab.Host(host).KillAsync(cancellationToken); return 0;
            case ["kill", var host, var service]: await lab.Host(host).KillServiceAsync(service, cancellationToken); return 0;
            case ["stop", var host, var service]: await lab.Host(host).InitAsync(["stop", service], cancellationToken); return 0;
            case ["start", var host]: await lab.Host(host).InitAsync(["reload"], cancellationToken); return 0;
            case ["reboot", var host]: await lab.RebootAsync(lab.Host(host), cancellationToken); return 0;
            case ["shell", var host, .. var command]: return await ShellAsync(lab, lab.Host(host), command, cancellationToken);
            case ["env"]: await output.WriteLineAsync(EnvironmentOf(lab)); return 0;
            case ["down"]: await lab.DownAsync(cancellationToken); return 0;
            default: throw new FormatException(Help);
        }
    }

    private static async Task<int> ShellAsync(LabCluster lab, LabHost host, List<string> command, CancellationToken cancellationToken)
    {
        var words = host.Command([$"PS1={host.Name}:\\w# ", $"KUBECONFIG={HostLayout.Inside}/none", .. command.Count > 0 ? command : ["/bin/bash", "--norc", "--noprofile"]]);
        using var shell = Process.Start(new ProcessStartInfo(words[0], words.Skip(1)) { UseShellExecute = false, WorkingDirectory = "/" }) ?? throw new LabException($"no shell on {lab.Layout.Plan.Id}");
        await shell.WaitForExitAsync(cancellationToken);
        return shell.ExitCode;
    }

    private static string EnvironmentOf(LabCluster lab) =>
        $"export PATH=\"{Path.GetDirectoryName(lab.Cli)}:$PATH\"\nexport KUBECONFIG=\"{lab.AdminKubeconfig}\"\nexport DOTNET_ROOT=\"{lab.Layout.Plan.Runtime}\"";

    private static Action<string> Progress(TextWriter output) => step =>
    {
        output.WriteLine($"::progress {step}");
        output.Flush();
    };

    private static LabPlan Plan(string hosts, IEnumerable<string> options)
    {
        var words = options.ToList();
        string Need(string option) => Take(words, option) is { } path && Directory.Exists(path) ? Path.GetFullPath(path) : throw new FormatException($"`{option}` needs a folder\n{Help}");
        return new LabPlan
        {
            Slot = 0,
            Hosts = int.TryParse(hosts, System.Globalization.CultureInfo.InvariantCulture, out var count) && count is > 0 and <= LabPlan.MostHosts ? count : throw new FormatException($"a lab has 1 to {LabPlan.MostHosts} hosts, not `{hosts}`"),
            Programs = Need("--programs"),
            Runtime = Need("--runtime"),
            MicroGuest = Need("--micro"),
        };
    }

    private static Plane ReadPlane(string text) => LabLayout.Planes.Where(plane => LabLayout.PlaneName(plane) == text).Cast<Plane?>().FirstOrDefault()
        ?? throw new FormatException($"there is no plane `{text}`; these exist: {string.Join(", ", LabLayout.Planes.Select(LabLayout.PlaneName))}");

    private static string? Take(List<string> words, string option)
    {
        var at = words.IndexOf(option);
        if (at < 0 || at + 1 >= words.Count) return null;
        var value = words[at + 1];
        words.RemoveRange(at, 2);
        return value;
    }
}
