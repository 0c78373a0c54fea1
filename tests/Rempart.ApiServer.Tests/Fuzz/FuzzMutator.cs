using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Rempart.ApiServer.Tests.Fuzz;

/// <summary>Damages inputs: bytes, pieces, words that mean something to a parser, and values of JSON by their place in it.</summary>
internal static class FuzzMutator
{
    private static readonly byte[][] Words = [.. ((string[])
    [
        "{", "}", "[", "]", ",", ":", "\"", "null", "true", "1e999", "-0", "0.1", "9223372036854775808", "-9223372036854775809", "\\ud800", "\\u0000", "\"$patch\":\"delete\",", "\"$retainKeys\":[],", "\"a\":{},",
        "/", "~0", "~1", "~2", "/-", "/0", "//", "[[[[[[[[", "{\"a\":", "&a ", "*a", "<<: *a\n", "? ", "- ", "|\n ", "!!binary ", "---\n", "...\n", "#", "'", "\t", "\r\n", "\0", "é", "😀", "\ufeff", "Ki", "m", "e99", "=", "!", " in (", "notin", ",,", "f:", "k:{}", "v:", ".",
    ]).Select(Encoding.UTF8.GetBytes)];

    public static byte[] Damage(IReadOnlyList<byte[]> seeds, Random random)
    {
        var input = seeds[random.Next(seeds.Count)];
        for (var i = random.Next(1, 6); i > 0; i--) input = Once(input, seeds, random);
        return input.Length > 64 * 1024 ? input[..(64 * 1024)] : input;
    }

    private static byte[] Once(byte[] input, IReadOnlyList<byte[]> seeds, Random random)
    {
        var (at, to) = (random.Next(input.Length + 1), random.Next(input.Length + 1));
        if (at > to) (at, to) = (to, at);
        switch (random.Next(9))
        {
            case 0 when input.Length > 0:
                byte[] flipped = [.. input];
                flipped[Math.Min(at, input.Length - 1)] ^= (byte)(1 << random.Next(8));
                return flipped;
            case 1:
                return [.. input[..at], .. input[to..]];
            case 2:
                return [.. input[..to], .. input[at..]];
            case 3:
                return [.. input[..at], .. Words[random.Next(Words.Length)], .. input[at..]];
            case 4:
                return [.. input[..at], .. Words[random.Next(Words.Length)], .. input[to..]];
            case 5:
                var other = seeds[random.Next(seeds.Count)];
                return [.. input[..at], .. other[random.Next(other.Length + 1)..]];
            case 6:
                return [.. input[..at], .. Enumerable.Repeat(Words[random.Next(Words.Length)], random.Next(200)).SelectMany(word => word), .. input[at..]];
            default:
                try
                {
                    return Structure(input, seeds, random);
                }
                catch (Exception no) when (no is ArgumentException or InvalidOperationException)
                {
                    // Half of a surrogate pair, or a key that is there twice: nothing that can be written again.
                    return input;
                }
        }
    }

    // One value in another's place, twice, under another name, or deeper.
    private static byte[] Structure(byte[] input, IReadOnlyList<byte[]> seeds, Random random)
    {
        if (Parse(input) is not { } root || Parse(seeds[random.Next(seeds.Count)]) is not { } donor) return input;
        var (places, gifts) = (Places(root), Places(donor));
        if (places.Count == 0 || gifts.Count == 0) return input;
        var (parent, key) = places[random.Next(places.Count)];
        var (from, name) = gifts[random.Next(gifts.Count)];
        var gift = (name is string member ? from[member] : from[(int)name])?.DeepClone();
        for (var deeper = random.Next(4) == 0 ? random.Next(80) : 0; deeper > 0; deeper--) gift = random.Next(2) == 0 ? new JsonArray(gift) : new JsonObject { ["a"] = gift };
        switch (parent)
        {
            case JsonObject map when random.Next(3) == 0:
                map.Remove((string)key);
                break;
            case JsonObject map:
                map[random.Next(2) == 0 || name is not string ? (string)key : (string)name] = gift;
                break;
            case JsonArray list when random.Next(2) == 0:
                list.Insert((int)key, gift);
                break;
            case JsonArray list:
                list[(int)key] = gift;
                break;
        }

        return Encoding.UTF8.GetBytes(root.ToJsonString(new JsonSerializerOptions { MaxDepth = 1024 }));
    }

    private static JsonNode? Parse(byte[] input)
    {
        try
        {
            return JsonNode.Parse(input, documentOptions: new JsonDocumentOptions { MaxDepth = 512 });
        }
        catch (Exception no) when (no is JsonException or ArgumentException or InvalidOperationException)
        {
            return null;
        }
    }

    private static List<(JsonNode Parent, object Key)> Places(JsonNode node)
    {
        var places = new List<(JsonNode, object)>();
        Collect(node, places, 0);
        return places;
    }

    private static void Collect(JsonNode? node, List<(JsonNode, object)> places, int depth)
    {
        if (depth > 100 || places.Count > 2000) return;
        if (node is JsonObject map)
        {
            foreach (var (key, value) in map)
            {
                places.Add((map, key));
                Collect(value, places, depth + 1);
            }
        }
        else if (node is JsonArray list)
        {
            for (var i = 0; i < list.Count; i++)
            {
                places.Add((list, i));
                Collect(list[i], places, depth + 1);
            }
        }
    }
}
