using System.Text.Json;
using Rempart.Api;
using Rempart.Api.Meta;
using Rempart.ApiServer.Objects;

namespace Rempart.ApiServer.Authorization;

/// <summary>Puts the shipped roles and bindings into the store at each start: a new version brings its own, and what was tampered with in the store is put right.</summary>
public static class ShippedRolesReconciler
{
    private const int Attempts = 3;

    /// <summary>Creates what is missing and replaces what differs. Roles first, so that no binding is without its role.</summary>
    /// <param name="reader">Reads roles and bindings.</param>
    /// <param name="writer">Writes them.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task ReconcileAsync(IObjectReader reader, IObjectWriter writer, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(reader);
        ArgumentNullException.ThrowIfNull(writer);
        foreach (var role in ShippedRoles.All)
            await PutAsync(role, (stored, wanted) => wanted with { Metadata = Labelled(stored, wanted) }, reader, writer, cancellationToken);
        foreach (var binding in ShippedRoles.Bindings)
            await PutAsync(binding, (stored, wanted) => wanted with { Metadata = Labelled(stored, wanted) }, reader, writer, cancellationToken);
    }

    private static async Task PutAsync<T>(T wanted, Func<T, T, T> onto, IObjectReader reader, IObjectWriter writer, CancellationToken cancellationToken) where T : ApiObject
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                if (await reader.GetAsync<T>(null, wanted.Metadata.Name!, cancellationToken) is not { } stored)
                {
                    await writer.CreateAsync(wanted, cancellationToken);
                    return;
                }

                var next = onto(stored, wanted);
                if (JsonSerializer.Serialize(next, ApiJson.Strict) == JsonSerializer.Serialize(stored, ApiJson.Strict)) return;
                await writer.UpdateAsync(next, cancellationToken);
                return;
            }
            catch (ApiException e) when (e.Code == 409 && attempt < Attempts)
            {
                // Another server of the same store starts at the same moment.
            }
        }
    }

    private static ObjectMeta Labelled(ApiObject stored, ApiObject wanted) => stored.Metadata with { Labels = wanted.Metadata.Labels, Annotations = wanted.Metadata.Annotations };
}
