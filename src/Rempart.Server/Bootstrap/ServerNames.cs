using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace Rempart.Server.Bootstrap;

/// <summary>Under which names and addresses the server's certificate is good.</summary>
internal static class ServerNames
{
    public static (IReadOnlyList<string> Names, IReadOnlyList<IPAddress> Addresses) Of(InitSettings settings)
    {
        var all = settings.Hostnames.Append(settings.Advertise.DnsSafeHost).Concat(settings.Also.Select(server => server.DnsSafeHost)).Append("localhost").Append("127.0.0.1").Append("::1").Distinct(StringComparer.OrdinalIgnoreCase).ToArray();
        return ([.. all.Where(name => !IPAddress.TryParse(name, out _))], [.. all.Select(name => IPAddress.TryParse(name, out var address) ? address : null).OfType<IPAddress>().Distinct()]);
    }

    public static bool Fit(X509Certificate2 certificate, IReadOnlyList<string> names, IReadOnlyList<IPAddress> addresses)
    {
        var present = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().FirstOrDefault();
        return present is not null && names.All(present.EnumerateDnsNames().Contains) && addresses.All(present.EnumerateIPAddresses().Contains);
    }
}
