namespace Rempart.Server.Stores;

/// <summary>Collects the options that say where the store is; they are named as kube-apiserver's.</summary>
internal sealed class StoreArguments
{
    private string? _kind;
    private string? _authority;
    private string? _certificate;
    private string? _key;
    private string? _instance;
    private IReadOnlyList<Uri> _servers = [];

    /// <summary>Takes an option if it is one of the store's.</summary>
    /// <exception cref="FormatException">Its value is wrong; the message says how.</exception>
    public bool TryTake(string name, string value)
    {
        switch (name)
        {
            case "--store" when value is "sqlite" or "etcd": _kind = value; return true;
            case "--store": throw new FormatException($"`--store` must be `sqlite` or `etcd`, not `{value}`");
            case "--etcd-servers": _servers = [.. value.Split(',').Select(Server)]; return true;
            case "--etcd-cafile": _authority = Path.GetFullPath(value); return true;
            case "--etcd-certfile": _certificate = Path.GetFullPath(value); return true;
            case "--etcd-keyfile": _key = Path.GetFullPath(value); return true;
            case "--etcd-instance" when value.Length is > 0 and <= 63 && value.All(letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter == '-'): _instance = value; return true;
            case "--etcd-instance": throw new FormatException($"`--etcd-instance` must be 1 to 63 of a-z, 0-9 and `-`, not `{value}`");
            default: return false;
        }
    }

    /// <summary>What was said.</summary>
    /// <exception cref="FormatException">It does not go together; the message says why.</exception>
    public StoreSettings Build()
    {
        if (_kind != "etcd")
        {
            return _servers.Count == 0 && _authority is null && _certificate is null && _key is null && _instance is null
                ? new StoreSettings()
                : throw new FormatException("the options `--etcd-…` say nothing without `--store etcd`");
        }

        if (_servers.Count is 0 or > 16) throw new FormatException("`--store etcd` needs `--etcd-servers` with 1 to 16 addresses, e.g. `https://10.0.0.1:2379`");
        if (_instance is null) throw new FormatException("`--store etcd` needs `--etcd-instance`: the name under which this cluster's objects are kept there, the same for all its servers");
        if ((_certificate is null) != (_key is null)) throw new FormatException("`--etcd-certfile` and `--etcd-keyfile` belong together");
        if (_servers.Any(server => server.Scheme == Uri.UriSchemeHttps) && (_authority is null || _certificate is null))
        {
            throw new FormatException("`--etcd-servers` with https needs `--etcd-cafile`, `--etcd-certfile` and `--etcd-keyfile`: both sides show who they are");
        }

        return new StoreSettings { IsEtcd = true, Servers = _servers, AuthorityFile = _authority, CertificateFile = _certificate, KeyFile = _key, Instance = _instance };
    }

    private static Uri Server(string text) =>
        !Uri.TryCreate(text, UriKind.Absolute, out var address) || address.PathAndQuery != "/" || address.UserInfo.Length > 0 ? throw new FormatException($"`--etcd-servers` must be addresses such as `https://10.0.0.1:2379`, not `{text}`")
        : address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback) ? address
        : throw new FormatException($"`{text}` would send every object in the clear: use https");
}
