using System.Text.Json;
using Rempart.Api.Infra;
using Rempart.ApiServer.Authentication;

namespace Rempart.Server.Bootstrap;

/// <summary>The first node's token: its text in a file for the node, its hash in a file for the server.</summary>
/// <param name="folder">The data folder.</param>
/// <param name="time">The clock.</param>
public sealed class TokenFiles(DataFolder folder, TimeProvider time)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(24);
    private const int MostFiles = 1000;

    /// <summary>Makes a token unless there is one that still lives.</summary>
    /// <param name="node">The node that it serves, null for any.</param>
    /// <returns>True when a new one was made.</returns>
    public bool Ensure(string? node)
    {
        PrivateFile.EnsureFolder(folder.Tokens);
        if (PrivateFile.Read(folder.NodeToken) is { } text && BootstrapToken.Parse(text.Trim()) is { } old && Read(RecordPath(old.Id)) is { } known && known.Node == node && time.GetUtcNow() < known.Expires) return false;
        var token = BootstrapToken.Create();
        // The record first: a token that the server does not know of would be useless.
        Write(new TokenRecord { Id = token.Id, Hash = token.Hash(), Expires = time.GetUtcNow() + Lifetime, Node = node });
        PrivateFile.Write(folder.NodeToken, token.Reveal() + "\n");
        return true;
    }

    /// <summary>Takes new tokens into the store and forgets those that have ended.</summary>
    /// <param name="tokens">The cluster's tokens.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task ImportAsync(BootstrapTokens tokens, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        if (!Directory.Exists(folder.Tokens)) return;
        foreach (var path in Directory.EnumerateFiles(folder.Tokens, "*.json").Take(MostFiles).ToArray())
        {
            if (Read(path) is not { } record) continue;
            if (time.GetUtcNow() >= record.Expires)
            {
                File.Delete(path);
                continue;
            }

            if (record.Imported) continue;
            await tokens.AddAsync(new StoredBootstrapToken(record.Id, record.Hash, record.Expires, record.Node, null), cancellationToken);
            // Imported once: a token that was deleted in the store must not come back with the next start.
            Write(record with { Imported = true });
        }
    }

    private string RecordPath(string id) => Path.Combine(folder.Tokens, $"{id}.json");

    private void Write(TokenRecord record) => PrivateFile.Write(RecordPath(record.Id), JsonSerializer.Serialize(record, BootstrapJsonContext.Default.TokenRecord));

    private static TokenRecord? Read(string path)
    {
        if (PrivateFile.Read(path) is not { } text) return null;
        try
        {
            return JsonSerializer.Deserialize(text, BootstrapJsonContext.Default.TokenRecord);
        }
        catch (JsonException e)
        {
            throw new BootstrapException($"`{path}` is damaged; remove it", e);
        }
    }
}
