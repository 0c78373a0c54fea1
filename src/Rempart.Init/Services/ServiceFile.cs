using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Rempart.Init.Services;

/// <summary>services.json: `{ "services": [ … ] }`. Strict: what is unknown, duplicate or impossible is refused with every reason.</summary>
internal sealed partial record ServiceFile
{
    private const int MaxServices = 64;
    private const int MaxBytes = 1 << 20;

    public required IReadOnlyList<ServiceSpec> Services { get; init; }

    /// <exception cref="InvalidDataException">the message lists every error.</exception>
    internal static ServiceFile Read(string path)
    {
        if (new FileInfo(path).Length > MaxBytes) throw new InvalidDataException($"`{path}` is longer than {MaxBytes} bytes");
        var logs = Path.Combine(Path.GetDirectoryName(path)!, "logs");
        return new ServiceFile { Services = [.. Parse(File.ReadAllBytes(path)).Services.Select(service => service with { Log = service.Log ?? Path.Combine(logs, service.Name + ".log") })] };
    }

    /// <summary>Services in an order in which each comes after those that it waits for; pure.</summary>
    /// <exception cref="InvalidDataException">the message lists every error.</exception>
    internal static ServiceFile Parse(ReadOnlySpan<byte> json)
    {
        ServiceFile file;
        try
        {
            file = JsonSerializer.Deserialize(json, InitJson.Default.ServiceFile) ?? throw new InvalidDataException("the services are `null`");
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"the services can't be read: {exception.Message}", exception);
        }
        var errors = Check(file.Services).ToList();
        if (errors.Count > 0) throw new InvalidDataException(string.Join("; ", errors));
        return new ServiceFile { Services = Order(file.Services) };
    }

    /// <summary>What identifies the way a service is started: another digest means that it must be started anew.</summary>
    internal static string Digest(ServiceSpec service) =>
        Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(service, InitJson.Default.ServiceSpec)))[..32];

    private static IEnumerable<string> Check(IReadOnlyList<ServiceSpec> services)
    {
        if (services.Count > MaxServices) yield return $"{services.Count} services, more than {MaxServices}";
        foreach (var twice in services.GroupBy(service => service.Name, StringComparer.Ordinal).Where(group => group.Count() > 1)) yield return $"two services `{twice.Key}`";
        foreach (var service in services)
        {
            if (!Name().IsMatch(service.Name)) yield return $"`{service.Name}` is no name of a service";
            if (service.Command.Count == 0 || !Path.IsPathFullyQualified(service.Command[0])) yield return $"service `{service.Name}` needs a command with an absolute path";
            if (service.Log is { } log && !Path.IsPathFullyQualified(log)) yield return $"the log of service `{service.Name}` needs an absolute path";
            if (service.Netns is { } netns && !Name().IsMatch(netns)) yield return $"service `{service.Name}`: `{netns}` is no name of a network namespace";
            if (service.User is { } user && !Name().IsMatch(user)) yield return $"service `{service.Name}`: `{user}` is no name of a user";
            if (service is { User: not null, Capabilities: not null }) yield return $"service `{service.Name}`: `capabilities` are for root's services, not for user `{service.User}`, who has none";
            foreach (var capability in service.Capabilities?.Where(name => !Capability().IsMatch(name)) ?? []) yield return $"service `{service.Name}`: `{capability}` is no name of a capability";
            if (service.StopSeconds is < 1 or > 600) yield return $"service `{service.Name}`: `stopSeconds` is 1 to 600";
            if (service.Ready is { } ready && new[] { ready.UnixSocket, ready.File, ready.Https?.ToString() }.Count(probe => probe is not null) != 1)
                yield return $"service `{service.Name}`: `ready` needs one of `unixSocket`, `file` and `https`";
            foreach (var missing in service.After.Where(name => services.All(other => other.Name != name))) yield return $"service `{service.Name}` comes after `{missing}`, which is not there";
        }
    }

    private static List<ServiceSpec> Order(IReadOnlyList<ServiceSpec> services)
    {
        var ordered = new List<ServiceSpec>();
        while (ordered.Count < services.Count)
        {
            var next = services.FirstOrDefault(service => !ordered.Contains(service) && service.After.All(name => ordered.Any(done => done.Name == name)))
                ?? throw new InvalidDataException($"these services wait for each other: {string.Join(", ", services.Except(ordered).Select(service => $"`{service.Name}`"))}");
            ordered.Add(next);
        }
        return ordered;
    }

    [GeneratedRegex(@"^[a-z][a-z0-9-]{0,31}\z", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Name();

    [GeneratedRegex(@"^[a-z][a-z_]{0,31}\z", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Capability();
}
