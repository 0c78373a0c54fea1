using System.Collections.Frozen;
using System.Globalization;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.ApiServer.Certificates;
using Rempart.ApiServer.Objects;
using Rempart.ApiServer.Registry;
using Rempart.Policy.Authorization;
using Rempart.Store;

namespace Rempart.ApiServer.Authentication;

/// <summary>
/// Certificates refused before they end: those of a node issued before it was deleted, and single serial numbers. Kept in ConfigMap
/// <c>kube-system/revoked-certificates</c> for as long as such a certificate could live, so the list stays short.
/// </summary>
public sealed class CertificateRevocations : IObjectObserver<ConfigMap>
{
    /// <summary>Name of the ConfigMap in <c>kube-system</c>.</summary>
    public const string Name = "revoked-certificates";

    /// <summary>Namespace of the ConfigMap.</summary>
    public const string Namespace = "kube-system";

    private const string NodePrefix = "node.";
    private const string SerialPrefix = "serial.";
    private const int Attempts = 5;

    private volatile FrozenDictionary<string, DateTimeOffset> revoked = FrozenDictionary<string, DateTimeOffset>.Empty;

    /// <summary>Why a certificate does not count any more; null when it does.</summary>
    /// <param name="caller">Whose it is.</param>
    /// <param name="issuedAt">When it was issued.</param>
    internal string? Refusal(Caller caller, DateTimeOffset issuedAt)
    {
        var now = revoked;
        if (caller.NodeName is { } node && now.TryGetValue(NodePrefix + node, out var at) && issuedAt <= at) return $"node `{node}` was deleted after this certificate was made; join it again with a new token";
        return caller.Credential is { } serial && now.ContainsKey(SerialPrefix + serial) ? "the certificate was revoked; get a new one" : null;
    }

    /// <summary>What refuses all certificates of a node issued until now, for the commit that deletes the node: both happen, or neither.</summary>
    internal static async ValueTask<StoreWrite> NodeRevocationAsync(string node, ObjectCache cache, IObjectWriter writer, DateTimeOffset now, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            if (cache.Get(KindInfo.Of<ConfigMap>(), Namespace, Name) is { } stored)
            {
                var (registration, document) = (cache.Of(stored.Kind).Registration, stored.ToJson());
                var data = document.Child("data");
                foreach (var past in data.Where(line => IsPast(new(line.Key, line.Value?.GetValue<string>() ?? ""), now)).Select(line => line.Key).ToList()) data.Remove(past);
                data[NodePrefix + node] = now.ToString("O", CultureInfo.InvariantCulture);
                return new StoreWrite(registration.Prefix + stored.Key, registration.Layout.Serialize(document), stored.Revision);
            }

            try
            {
                await writer.CreateAsync(Empty(), cancellationToken);
            }
            catch (ApiException e) when (e.Code == 409 && attempt < Attempts)
            {
                // Somebody else made it.
            }

            await cache.SyncAsync(cancellationToken);
        }
    }

    /// <summary>Refuses one certificate.</summary>
    /// <param name="serial">Its serial number in upper-case hexadecimal.</param>
    /// <param name="reader">Reads the list.</param>
    /// <param name="writer">Writes the list.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static ValueTask RevokeSerialAsync(string serial, IObjectReader reader, IObjectWriter writer, TimeProvider time, CancellationToken cancellationToken) =>
        AddAsync(SerialPrefix + serial, reader, writer, time, cancellationToken);

    /// <inheritdoc/>
    public bool Concerns(string? ns, string name) => IsList(ns, name);

    /// <inheritdoc/>
    public void Put(ConfigMap value)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (!IsList(value.Metadata.Namespace, value.Metadata.Name)) return;
        // A line that can't be read revokes for good: an error here must never bring a certificate back.
        revoked = (value.Data ?? new Dictionary<string, string>()).ToFrozenDictionary(line => line.Key, line => Time(line.Value) ?? DateTimeOffset.MaxValue);
    }

    /// <inheritdoc/>
    public void Remove(string? ns, string name)
    {
        if (IsList(ns, name)) revoked = FrozenDictionary<string, DateTimeOffset>.Empty;
    }

    private static async ValueTask AddAsync(string key, IObjectReader reader, IObjectWriter writer, TimeProvider time, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var now = time.GetUtcNow();
            var stored = await reader.GetAsync<ConfigMap>(Namespace, Name, cancellationToken);
            var data = (stored?.Data ?? new Dictionary<string, string>()).Where(line => !IsPast(line, now)).ToDictionary(line => line.Key, line => line.Value);
            data[key] = now.ToString("O", CultureInfo.InvariantCulture);
            try
            {
                if (stored is null) await writer.CreateAsync(Empty() with { Data = data }, cancellationToken);
                else await writer.UpdateAsync(stored with { Data = data }, cancellationToken);
                return;
            }
            catch (ApiException e) when (e.Code == 409 && attempt < Attempts)
            {
                // The list changed at the same moment; add to what is there now.
            }
        }
    }

    private static bool IsPast(KeyValuePair<string, string> line, DateTimeOffset now)
    {
        var longest = line.Key.StartsWith(NodePrefix, StringComparison.Ordinal) ? CertificateSigners.NodeLifetime : CertificateSigners.LongestClientLifetime * 3;
        return Time(line.Value) is { } at && at + longest + TimeSpan.FromHours(1) < now;
    }

    private static ConfigMap Empty() => new() { ApiVersion = "v1", Kind = "ConfigMap", Metadata = new ObjectMeta { Name = Name, Namespace = Namespace } };

    private static DateTimeOffset? Time(string text) => DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var time) ? time : null;

    /// <summary>Whether this is the list.</summary>
    internal static bool IsList(string? ns, string? name) => ns == Namespace && name == Name;
}
