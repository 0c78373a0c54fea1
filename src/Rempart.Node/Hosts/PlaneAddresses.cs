using System.Net;
using System.Net.NetworkInformation;
using Rempart.Api.Core;
using Rempart.Api.Infra;

namespace Rempart.Node.Hosts;

/// <summary>The host's addresses on the network planes, as `--plane NAME=ADDRESS` and the host's profile say: a host may have none, and then what is between hosts goes by the addresses it has.</summary>
internal sealed class PlaneAddresses
{
    /// <summary>Its address is the node's <c>InternalIP</c>, as Kubernetes' clients know it.</summary>
    private const string Management = "management";

    private static readonly string[] Known = [Management, "migration", "storage", "tenant"];
    private readonly SortedDictionary<string, IPAddress> _byName = new(StringComparer.Ordinal);

    private PlaneAddresses()
    {
    }

    public static PlaneAddresses None { get; } = new();

    /// <summary>Reads the values of `--plane`.</summary>
    /// <exception cref="FormatException">One of them is none; says which.</exception>
    public static PlaneAddresses Parse(IEnumerable<string> values)
    {
        var planes = new PlaneAddresses();
        foreach (var value in values)
        {
            var (name, text) = value.IndexOf('=', StringComparison.Ordinal) is > 0 and var at ? (value[..at], value[(at + 1)..]) : (value, "");
            if (!Known.Contains(name, StringComparer.Ordinal)) throw new FormatException($"`--plane` is NAME=ADDRESS with a name of {string.Join(", ", Known.Select(known => $"`{known}`"))}, not `{value}`");
            if (!IPAddress.TryParse(text, out var address) || address.ToString() != text) throw new FormatException($"`--plane {name}` needs an IP address, not `{text}`");
            if (!planes._byName.TryAdd(name, address)) throw new FormatException($"plane `{name}` is given twice");
        }
        return planes;
    }

    /// <summary>The address on a plane; null without one.</summary>
    public IPAddress? Find(string plane) => _byName.GetValueOrDefault(plane);

    /// <summary>The same with an address on a plane.</summary>
    public PlaneAddresses With(string plane, IPAddress address) => Changed(planes => planes[plane] = address);

    /// <summary>The same without a plane.</summary>
    public PlaneAddresses Without(string plane) => Changed(planes => planes.Remove(plane));

    /// <summary>As the Node's status tells them.</summary>
    public IReadOnlyList<NodeAddress> Addresses(string node) =>
    [
        .. _byName.Where(plane => plane.Key == Management).Select(plane => new NodeAddress { Type = "InternalIP", Address = $"{plane.Value}" }),
        new NodeAddress { Type = "Hostname", Address = node },
        .. _byName.Where(plane => plane.Key != Management).Select(plane => new NodeAddress { Type = $"rempart.dev/{plane.Key}", Address = $"{plane.Value}" }),
    ];

    /// <summary>As the Host's status tells them, with the devices that have them at this moment; null without planes.</summary>
    public IReadOnlyList<HostPlane>? Look()
    {
        if (_byName.Count == 0) return null;
        var devices = NetworkInterface.GetAllNetworkInterfaces();
        return
        [
            .. from plane in _byName
               let device = Array.Find(devices, each => each.GetIPProperties().UnicastAddresses.Any(own => own.Address.Equals(plane.Value)))
               select new HostPlane { Name = plane.Key, Address = $"{plane.Value}", Device = device?.Name, Ready = device?.OperationalStatus == OperationalStatus.Up },
        ];
    }

    private PlaneAddresses Changed(Action<SortedDictionary<string, IPAddress>> change)
    {
        var copy = new PlaneAddresses();
        foreach (var (name, address) in _byName) copy._byName.Add(name, address);
        change(copy._byName);
        return copy;
    }
}
