namespace Rempart.Server.Bootstrap;

/// <summary><c>rempart-server init</c>.</summary>
public static class InitCommand
{
    private const int Usage = 64;
    private const int MostFurther = 15;
    private const string Help =
        "usage: rempart-server init --data DIR --advertise URL [--also URL]... [--hostname NAME]... [--node NAME] [--auditor]\n"
        + "                           [--admin-kubeconfig PATH] [--security-officer-kubeconfig PATH] [--auditor-kubeconfig PATH]";

    /// <summary>Runs it.</summary>
    /// <param name="arguments">What follows <c>init</c>.</param>
    /// <param name="output">Told of each file that was written.</param>
    /// <param name="errors">Told what is wrong.</param>
    /// <param name="time">The clock.</param>
    /// <returns>0, 1 when it failed, 64 when the arguments are wrong.</returns>
    public static int Run(IReadOnlyList<string> arguments, TextWriter output, TextWriter errors, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(errors);
        string? data = null;
        Uri? advertise = null;
        string? node = null;
        var auditor = false;
        var also = new List<Uri>();
        var hostnames = new List<string>();
        var kubeconfigs = new Dictionary<string, string>();
        for (var i = 0; i < arguments.Count; i++)
        {
            var name = arguments[i];
            if (name == "--auditor")
            {
                auditor = true;
                continue;
            }

            if (++i >= arguments.Count) return Refuse(errors, $"`{name}` is unknown or lacks its value");
            var value = arguments[i];
            switch (name)
            {
                case "--data": data = value; break;
                case "--advertise":
                    advertise = ReadServer(value);
                    if (advertise is null) return Refuse(errors, $"`{name}` must be a URL such as `https://127.0.0.1:6443`, not `{value}`");
                    break;
                case "--also":
                    if (ReadServer(value) is not { } further) return Refuse(errors, $"`{name}` must be a URL such as `https://10.0.0.2:6443`, not `{value}`");
                    if (also.Count == MostFurther) return Refuse(errors, $"`--also` may be given {MostFurther} times");
                    also.Add(further);
                    break;
                case "--hostname" when Uri.CheckHostName(value) is not UriHostNameType.Unknown: hostnames.Add(value); break;
                case "--node": node = value; break;
                case "--admin-kubeconfig": kubeconfigs["admin"] = Path.GetFullPath(value); break;
                case "--security-officer-kubeconfig": kubeconfigs["security-officer"] = Path.GetFullPath(value); break;
                case "--auditor-kubeconfig":
                    kubeconfigs["auditor"] = Path.GetFullPath(value);
                    auditor = true;
                    break;
                default: return Refuse(errors, $"`{name} {value}` is not understood");
            }
        }

        if (data is null || advertise is null) return Refuse(errors, "`--data` and `--advertise` are needed");
        return Run(new DataFolder(Path.GetFullPath(data)), new InitSettings { Advertise = advertise, Also = also, Hostnames = hostnames, Kubeconfigs = kubeconfigs, Auditor = auditor, Node = node }, output, errors, time);
    }

    private static int Run(DataFolder folder, InitSettings settings, TextWriter output, TextWriter errors, TimeProvider time)
    {
        try
        {
            PrivateFile.EnsureFolder(folder.Root);
            // Two at a time would each make a CA.
            using var only = new FileStream(Path.Combine(folder.Root, ".init.lock"), new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite });
            new ClusterInitializer(folder, time, output.WriteLine).Run(settings);
            if (new TokenFiles(folder, time).Ensure(settings.Node)) output.WriteLine($"wrote {folder.NodeToken}");
            return 0;
        }
        catch (Exception e) when (e is BootstrapException or IOException or UnauthorizedAccessException)
        {
            errors.WriteLine($"rempart-server init: {e.Message}");
            return 1;
        }
    }

    private static Uri? ReadServer(string text) => Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme == Uri.UriSchemeHttps && url.PathAndQuery == "/" ? url : null;

    private static int Refuse(TextWriter errors, string why)
    {
        errors.WriteLine($"rempart-server init: {why}");
        errors.WriteLine(Help);
        return Usage;
    }
}
