using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Rempart.Api.Meta;

namespace Rempart.Api.Client;

public sealed partial class ApiClient
{
    private const int MaxWatchLineBytes = 8 * 1024 * 1024;

    private static readonly TimeSpan WatchPause = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Follows a collection from a version on, over as many connections as it takes; bookmarks keep the version fresh.
    /// Never ends by itself.
    /// </summary>
    /// <typeparam name="T">Kind of the items.</typeparam>
    /// <param name="query">Which collection, and with <see cref="ListQuery.ResourceVersion"/> after which version.</param>
    /// <param name="cancellationToken">Ends the watch.</param>
    /// <exception cref="ApiException">410 <see cref="StatusReason.Expired"/>: list again. 401, 403 and other refusals.</exception>
    public IAsyncEnumerable<ApiEvent<T>> WatchAsync<T>(ListQuery query, CancellationToken cancellationToken) where T : ApiObject => WatchAsync<T>(KindInfo.Of<T>(), query, cancellationToken);

    /// <summary>Follows a collection of a kind through another view, such as <see cref="PartialObjectMetadata"/>.</summary>
    /// <typeparam name="T">The view.</typeparam>
    /// <param name="kind">Kind of the items.</param>
    /// <param name="query">Which collection, and after which version.</param>
    /// <param name="cancellationToken">Ends the watch.</param>
    public async IAsyncEnumerable<ApiEvent<T>> WatchAsync<T>(KindInfo kind, ListQuery query, [EnumeratorCancellation] CancellationToken cancellationToken) where T : ApiObject
    {
        var version = query.ResourceVersion;
        while (true)
        {
            var began = _time.GetTimestamp();
            await using var connection = WatchOnceAsync<T>(kind, query with { ResourceVersion = version }, cancellationToken).GetAsyncEnumerator(cancellationToken);
            while (await NextAsync(connection))
            {
                version = connection.Current.ResourceVersion;
                yield return connection.Current;
            }
            if (_time.GetElapsedTime(began) < WatchPause) await Task.Delay(WatchPause, _time, cancellationToken);
        }
    }

    // A connection that breaks is the same as one that ends: the watch goes on from the last version.
    private static async Task<bool> NextAsync<T>(IAsyncEnumerator<ApiEvent<T>> connection) where T : ApiObject
    {
        try
        {
            return await connection.MoveNextAsync();
        }
        catch (ApiException again) when (again.Code is 429 or 503 or 504)
        {
            return false;
        }
    }

    private async IAsyncEnumerable<ApiEvent<T>> WatchOnceAsync<T>(KindInfo kind, ListQuery query, [EnumeratorCancellation] CancellationToken cancellationToken) where T : ApiObject
    {
        var parameters = query.Parameters().Append(new("watch", "true")).Append(new("allowWatchBookmarks", "true"));
        using var request = new HttpRequestMessage(HttpMethod.Get, Query(kind.Path(query.Namespace), parameters));
        request.Headers.TryAddWithoutValidation("Accept", Accept<T>());
        using var response = await OpenAsync(request, cancellationToken);
        var reader = PipeReader.Create(await response.Content.ReadAsStreamAsync(cancellationToken));
        try
        {
            while (await ReadLineAsync(reader, cancellationToken) is { } line)
            {
                if (line.Length > 0) yield return ParseEvent<T>(line);
            }
        }
        finally
        {
            await reader.CompleteAsync();
        }
    }

    private static async Task<byte[]?> ReadLineAsync(PipeReader reader, CancellationToken cancellationToken)
    {
        while (true)
        {
            ReadResult read;
            try
            {
                read = await reader.ReadAsync(cancellationToken);
            }
            catch (Exception broken) when (broken is HttpRequestException or IOException)
            {
                throw Unreachable(broken);
            }
            if (read.Buffer.PositionOf((byte)'\n') is { } end)
            {
                var line = read.Buffer.Slice(0, end).ToArray();
                reader.AdvanceTo(read.Buffer.GetPosition(1, end));
                return line;
            }
            if (read.Buffer.Length > MaxWatchLineBytes) throw Unreadable(new InvalidDataException($"an event is longer than {MaxWatchLineBytes} bytes"));
            if (read.IsCompleted) return null;
            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    private static ApiEvent<T> ParseEvent<T>(byte[] line) where T : ApiObject
    {
        var item = Parse<WatchEvent>(line);
        return item.Type switch
        {
            "ADDED" => Event<T>(ApiEventType.Added, item.Object),
            "MODIFIED" => Event<T>(ApiEventType.Modified, item.Object),
            "DELETED" => Event<T>(ApiEventType.Deleted, item.Object),
            "BOOKMARK" => new ApiEvent<T>(ApiEventType.Bookmark, null, BookmarkVersion(item.Object)),
            "ERROR" => throw new ApiException(Typed<ApiStatus>(item.Object)),
            _ => throw Unreadable(new InvalidDataException($"an event has the unknown type `{item.Type}`")),
        };
    }

    private static ApiEvent<T> Event<T>(ApiEventType type, JsonElement json) where T : ApiObject
    {
        var value = Typed<T>(json);
        return new ApiEvent<T>(type, value, value.Metadata.ResourceVersion ?? throw Unreadable(new InvalidDataException("an event's object has no version")));
    }

    // A bookmark's object has nothing but a version, so that it can't be read as its kind.
    private static string BookmarkVersion(JsonElement json) =>
        json.TryGetProperty("metadata", out var metadata) && metadata.TryGetProperty("resourceVersion", out var version) && version.GetString() is { Length: > 0 } text
            ? text : throw Unreadable(new InvalidDataException("a bookmark has no version"));

    private static T Typed<T>(JsonElement json)
    {
        try
        {
            return json.Deserialize(TypeInfo<T>()) ?? throw new JsonException("an event's object is null");
        }
        catch (JsonException wrong)
        {
            throw Unreadable(wrong);
        }
    }
}
