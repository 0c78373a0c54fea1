using System.Globalization;
using Microsoft.Extensions.Logging;
using Rempart.Server.Bootstrap;
using Rempart.Store;
using Rempart.Store.Etcd;
using Rempart.Store.Sqlite;

namespace Rempart.Server.Stores;

/// <summary>Opens the store that settings name.</summary>
internal static partial class StoreOpening
{
    /// <summary>The embedded store's file in a data folder.</summary>
    public static string File(string data) => Path.Combine(data, "store", "rempart.db");

    /// <summary>A file that says where the store went, so that a server told the old place makes no empty one there.</summary>
    public static string MovedNotice(string data) => Path.Combine(data, "store", "MOVED");

    /// <exception cref="BootstrapException">A certificate can't be used.</exception>
    /// <exception cref="StoreException">It can't be opened.</exception>
    public static async Task<IStore> OpenAsync(StoreSettings settings, string data, TimeProvider time, ILogger logger, CancellationToken cancellationToken) =>
        settings.IsEtcd
            ? await EtcdStore.OpenAsync(Etcd(settings, time, (member, why) => LogLeft(logger, member, why), why => LogUnusable(logger, why)) with { Server = string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName} (process {Environment.ProcessId})") }, cancellationToken)
            : System.IO.File.Exists(MovedNotice(data)) ? throw new BootstrapException($"{await System.IO.File.ReadAllTextAsync(MovedNotice(data), cancellationToken)}; to use what is in this folder all the same, which is old or nothing at all, remove `{MovedNotice(data)}`")
            : SqliteStore.Open(new SqliteStoreOptions { Path = File(data), Time = time });

    /// <summary>The options of the store in etcd.</summary>
    public static EtcdStoreOptions Etcd(StoreSettings settings, TimeProvider time, Action<Uri, string>? left, Action<string>? unusable = null)
    {
        var options = new EtcdStoreOptions { Endpoints = settings.Servers, Instance = settings.Instance, Time = time, Left = left };
        if (settings.AuthorityFile is { } authority) options = options with { Authorities = PemCertificate.Authorities(authority) };
        return settings is { CertificateFile: { } certificate, KeyFile: { } key } ? options with { Certificate = new PemCertificate(certificate, key, unusable).Current } : options;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "the renewed certificate for etcd is not used, the one before is until it ends: {Reason}")]
    private static partial void LogUnusable(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "etcd's member {Member} is left for the next: {Reason}")]
    private static partial void LogLeft(ILogger logger, Uri member, string reason);
}
