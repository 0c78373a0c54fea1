using System.Globalization;
using System.Text;

namespace Rempart.ApiServer.Validation;

/// <summary>Where a walk through a document stands; written as text only when there is something to say.</summary>
internal sealed class DocumentPath
{
    private const int LongestName = 128;
    private readonly List<(string? Name, int Index)> _parts = [];

    public int Length => _parts.Count;

    public void Push(string name) => _parts.Add((name, 0));

    public void Push(int index) => _parts.Add((null, index));

    public void Pop() => _parts.RemoveAt(_parts.Count - 1);

    public override string ToString()
    {
        if (_parts.Count == 0) return "(root)";
        var text = new StringBuilder();
        foreach (var (name, index) in _parts)
        {
            if (name is null) text.Append(CultureInfo.InvariantCulture, $"[{index}]");
            else text.Append(text.Length > 0 ? "." : "").Append(name.Length > LongestName ? name[..LongestName] + "…" : name);
        }

        return text.ToString();
    }
}
