using System.Globalization;
using System.Net;
using Rempart.Server.Stores;
using Rempart.Telemetry.Logs;
using Rempart.Telemetry.Traces;

namespace Rempart.Server.Run;

/// <summary>What <c>rempart-server run</c> is told.</summary>
internal sealed record RunSettings
{
    public const string Help = "usage: rempart-server run --data DIR [--port N] [--listen ADDRESS]... [--network FILE] [--controllers on|off] [--audit-chain NAME] " + StoreSettings.Usage + " [--traces URL [--traces-ratio N]] [--audit-file-bytes N] " + LogSettings.Usage;

    // What a start reads before it serves: the last two files.
    private const long UsualAuditFileBytes = 8 * 1024 * 1024;

    /// <summary>The data folder, absolute.</summary>
    public required string Data { get; init; }

    /// <summary>TCP port; 0 for any free one.</summary>
    public int Port { get; init; } = 6443;

    /// <summary>Addresses to listen on; loopback when none is given, because an address that others reach is a decision.</summary>
    public IReadOnlyList<IPAddress> Listen { get; init; } = [IPAddress.Loopback];

    /// <summary>What <c>rempart-node network up</c> wrote; without it there are no network controllers.</summary>
    public string? Network { get; init; }

    /// <summary>Where objects are kept.</summary>
    public StoreSettings Store { get; init; } = new();

    /// <summary>Whether this server stands for running the controllers: of several over one etcd, one does.</summary>
    public bool Controllers { get; init; } = true;

    /// <summary>The name of this server's audit trail; each server over one etcd has its own.</summary>
    public string? AuditChain { get; init; }

    /// <summary>Where spans go; null for nowhere, and then nothing is traced.</summary>
    public TraceSettings? Traces { get; init; }

    /// <summary>Size in bytes at which a file of the audit trail is ended and the next begun: a finished one can be archived.</summary>
    public long AuditFileBytes { get; init; } = UsualAuditFileBytes;

    /// <summary>Reads arguments.</summary>
    /// <param name="arguments">What follows <c>run</c>.</param>
    /// <exception cref="FormatException">They are wrong; the message says how.</exception>
    public static RunSettings Parse(IReadOnlyList<string> arguments)
    {
        string? data = null, network = null, traces = null, ratio = null, chain = null;
        var (controllers, store) = (true, new StoreArguments());
        var port = 6443;
        var auditFileBytes = UsualAuditFileBytes;
        var listen = new List<IPAddress>();
        for (var i = 0; i < arguments.Count; i += 2)
        {
            var name = arguments[i];
            var value = i + 1 < arguments.Count ? arguments[i + 1] : throw new FormatException($"`{name}` is unknown or lacks its value");
            switch (name)
            {
                case "--data": data = Path.GetFullPath(value); break;
                case "--network": network = Path.GetFullPath(value); break;
                case "--traces": traces = value; break;
                case "--traces-ratio": ratio = value; break;
                case "--controllers" when value is "on" or "off": controllers = value == "on"; break;
                case "--controllers": throw new FormatException($"`--controllers` must be `on` or `off`, not `{value}`");
                case "--audit-chain" when value.Length is > 0 and <= 63 && value.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '.'): chain = value; break;
                case "--audit-chain": throw new FormatException($"`--audit-chain` must be 1 to 63 letters, digits, `-` or `.`, not `{value}`");
                case "--port" when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port <= 65535: break;
                case "--port": throw new FormatException($"`--port` must be a number from 0 to 65535, not `{value}`");
                case "--audit-file-bytes" when long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out auditFileBytes) && auditFileBytes is >= 64 * 1024 and <= 256 * 1024 * 1024: break;
                case "--audit-file-bytes": throw new FormatException($"`--audit-file-bytes` must be a number from 65536 to 268435456, not `{value}`");
                case "--listen" when IPAddress.TryParse(value, out var address): listen.Add(address); break;
                case "--listen": throw new FormatException($"`--listen` must be an IP address, not `{value}`");
                default:
                    if (!store.TryTake(name, value)) throw new FormatException($"`{name}` is unknown");
                    break;
            }
        }

        if (data is null) throw new FormatException("`--data` is needed");
        if (ratio is not null && traces is null) throw new FormatException("`--traces-ratio` says nothing without `--traces`");
        var settings = new RunSettings { Data = data, Store = store.Build(), Controllers = controllers, AuditChain = chain, Port = port, Network = network, AuditFileBytes = auditFileBytes, Traces = traces is null ? null : TraceSettings.Parse(traces, ratio) };
        return listen.Count == 0 ? settings : settings with { Listen = listen };
    }
}
