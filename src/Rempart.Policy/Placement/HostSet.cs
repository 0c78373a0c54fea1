using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Rempart.Policy.Placement;

/// <summary>A set of hosts by their numbers, one bit each. Not changed once others can see it.</summary>
internal sealed class HostSet
{
    private ulong[] _words;

    public HostSet(int hosts = 0) => _words = new ulong[WordsFor(hosts)];

    /// <summary>The empty set.</summary>
    public static HostSet None { get; } = new();

    public int Count => _words.Sum(word => BitOperations.PopCount(word));

    public bool IsEmpty => !_words.AsSpan().ContainsAnyExcept(0UL);

    /// <summary>How many words a set of so many hosts has.</summary>
    public static int WordsFor(int hosts) => (hosts + 63) / 64;

    public bool Contains(int host) => host >> 6 < _words.Length && (_words[host >> 6] >> host & 1) != 0;

    /// <summary>Only while the set is being made.</summary>
    public void Add(int host)
    {
        if (host >> 6 >= _words.Length) Array.Resize(ref _words, Math.Max((host >> 6) + 1, _words.Length * 2));
        _words[host >> 6] |= 1UL << host;
    }

    /// <summary>Only while the set is being made.</summary>
    public void AddAll(HostSet others)
    {
        if (others._words.Length > _words.Length) Array.Resize(ref _words, others._words.Length);
        for (var i = 0; i < others._words.Length; i++) _words[i] |= others._words[i];
    }

    /// <summary>Copies the set into words that may be longer or shorter.</summary>
    public void CopyTo(Span<ulong> words)
    {
        words.Clear();
        _words.AsSpan(0, Math.Min(_words.Length, words.Length)).CopyTo(words);
    }

    /// <summary>Takes from the words what is not in the set.</summary>
    public void Keep(Span<ulong> words)
    {
        for (var i = 0; i < words.Length; i++) words[i] &= i < _words.Length ? _words[i] : 0;
    }

    /// <summary>Takes from the words what is in the set.</summary>
    public void Drop(Span<ulong> words)
    {
        for (var i = 0; i < words.Length && i < _words.Length; i++) words[i] &= ~_words[i];
    }

    /// <summary>Adds to what each host of the set has.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void AddTo(Span<int> points, int more)
    {
        ref var first = ref MemoryMarshal.GetReference(points);
        var (lanes, added) = (Vector256.Create(1, 2, 4, 8, 16, 32, 64, 128), Vector256.Create(more));
        for (var i = 0; i < _words.Length && i << 6 < points.Length; i++)
        {
            if (_words[i] == 0) continue;
            for (var slot = 0; slot < 64; slot += 8)
            {
                var (eight, host) = ((int)(_words[i] >> slot) & 0xFF, (i << 6) + slot);
                if (eight == 0) continue;
                if (host + 8 > points.Length)
                {
                    for (; eight != 0; eight &= eight - 1) points[host + BitOperations.TrailingZeroCount(eight)] += more;
                    continue;
                }

                var chosen = Vector256.Equals(Vector256.Create(eight) & lanes, lanes);
                (Vector256.LoadUnsafe(ref first, (nuint)host) + (chosen & added)).StoreUnsafe(ref first, (nuint)host);
            }
        }
    }

    /// <summary>The hosts in order of their numbers.</summary>
    public IEnumerable<int> Hosts()
    {
        for (var i = 0; i < _words.Length; i++)
        {
            for (var bits = _words[i]; bits != 0; bits &= bits - 1) yield return (i << 6) + BitOperations.TrailingZeroCount(bits);
        }
    }
}
