using Rempart.Api.Meta;

namespace Rempart.ApiServer.Kinds.Core;

/// <summary>Rules of the keys of ConfigMaps and Secrets, which become file names.</summary>
internal static class DataRules
{
    private const int LongestKey = 253;

    /// <summary>Checks keys and adds up the values' sizes.</summary>
    public static long Check<T>(FieldErrors errors, string field, IReadOnlyDictionary<string, T>? data, Func<T, int> size)
    {
        long total = 0;
        foreach (var (key, value) in data ?? new Dictionary<string, T>())
        {
            total += size(value);
            if (key.Length is 0 or > LongestKey || key is "." or ".." || key.StartsWith("..", StringComparison.Ordinal) || !key.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))
            {
                errors.Invalid($"{field}[{key}]", key, "a valid config key must consist of alphanumeric characters, '-', '_' or '.'");
            }
        }

        return total;
    }
}
