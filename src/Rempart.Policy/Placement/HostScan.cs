using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Rempart.Policy.Placement;

/// <summary>The one loop over all hosts: which of those that are open have room, and which of them is best. No allocation, eight hosts at once.</summary>
internal ref struct HostScan
{
    private readonly ClusterSnapshot _snapshot;
    private readonly PlacementPlan _plan;
    private readonly ReadOnlySpan<int> _extra;
    private readonly ulong _salt;
    private ulong _tie;

    /// <param name="snapshot">The cluster.</param>
    /// <param name="plan">What the machine needs.</param>
    /// <param name="extra">Points besides those for room, for each host; empty when there are none.</param>
    /// <param name="salt">Decides among equals.</param>
    public HostScan(ClusterSnapshot snapshot, PlacementPlan plan, ReadOnlySpan<int> extra, ulong salt)
    {
        (_snapshot, _plan, _salt) = (snapshot, plan, salt);
        _extra = extra;
    }

    /// <summary>The best host; -1 when none fits.</summary>
    public int Host { get; private set; } = -1;

    /// <summary>How many fit.</summary>
    public int Fitting { get; private set; }

    /// <summary>Points of the best.</summary>
    public int Score { get; private set; } = int.MinValue;

    /// <summary>Looks at the hosts whose bits are set.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(ReadOnlySpan<ulong> open)
    {
        var (memory, cpu) = (_plan.Demand.Memory, _plan.Demand.Cpu);
        for (var word = 0; word < open.Length; word++)
        {
            var bits = open[word];
            if (bits == 0) continue;
            if (_plan.Own >> 6 == word && (bits >> _plan.Own & 1) != 0)
            {
                // Its own host has its own room as well.
                bits &= ~(1UL << _plan.Own);
                if (_plan.Room(_plan.Own) is var room && room.Takes(memory, cpu)) TakeOwn(room, memory, cpu);
            }

            var page = _snapshot.Pages[word];
            bits &= WithRoom(page, memory, cpu);
            Fitting += BitOperations.PopCount(bits);
            if (bits != 0) Judge(page, word << 6, bits, memory, cpu);
        }
    }

    // Compiled well at once: a scheduler that starts has the most to do in its first second.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static ulong WithRoom(HostPage page, long memory, long cpu)
    {
        var (wantsMemory, wantsCpu, fits) = (Vector256.Create(memory), Vector256.Create(cpu), 0UL);
        ref var memories = ref MemoryMarshal.GetArrayDataReference(page.Memory);
        ref var cpus = ref MemoryMarshal.GetArrayDataReference(page.Cpu);
        for (var slot = 0; slot < HostPage.Size; slot += Vector256<long>.Count)
        {
            var has = Vector256.GreaterThanOrEqual(Vector256.LoadUnsafe(ref memories, (nuint)slot), wantsMemory) & Vector256.GreaterThanOrEqual(Vector256.LoadUnsafe(ref cpus, (nuint)slot), wantsCpu);
            fits |= (ulong)has.ExtractMostSignificantBits() << slot;
        }

        return fits;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Judge(HostPage page, int first, ulong bits, long memory, long cpu)
    {
        var (wantsMemory, wantsCpu, whole) = (Vector256.Create((float)memory), Vector256.Create((float)cpu), Vector256.Create(HostRoom.Whole));
        ref var perMemory = ref MemoryMarshal.GetArrayDataReference(page.PerMemory);
        ref var perCpu = ref MemoryMarshal.GetArrayDataReference(page.PerCpu);
        ref var partOfMemory = ref MemoryMarshal.GetArrayDataReference(page.PartOfMemory);
        ref var partOfCpu = ref MemoryMarshal.GetArrayDataReference(page.PartOfCpu);
        for (var slot = 0; slot < HostPage.Size; slot += Vector256<float>.Count)
        {
            var some = (uint)(bits >> slot) & 0xFF;
            if (some == 0) continue;
            var at = (nuint)slot;
            var ofMemory = Vector256.LoadUnsafe(ref partOfMemory, at) - (wantsMemory * Vector256.LoadUnsafe(ref perMemory, at));
            var ofCpu = Vector256.LoadUnsafe(ref partOfCpu, at) - (wantsCpu * Vector256.LoadUnsafe(ref perCpu, at));
            var scores = Vector256.ConvertToInt32((ofMemory + ofCpu) * whole) + Vector256.ConvertToInt32((Vector256<float>.One - Vector256.Abs(ofMemory - ofCpu)) * whole);
            if (!_extra.IsEmpty) scores += Vector256.LoadUnsafe(ref MemoryMarshal.GetReference(_extra), (nuint)(first + slot));
            for (var good = Vector256.GreaterThanOrEqual(scores, Vector256.Create(Score)).ExtractMostSignificantBits() & some; good != 0; good &= good - 1)
            {
                var lane = BitOperations.TrailingZeroCount(good);
                Take(first + slot + lane, scores.GetElement(lane), page.Tie[slot + lane]);
            }
        }
    }

    private void TakeOwn(in HostRoom room, long memory, long cpu)
    {
        var (left, balance) = room.Score(memory, cpu);
        Fitting++;
        Take(_plan.Own, left + balance + (_extra.IsEmpty ? 0 : _extra[_plan.Own]), room.Tie);
    }

    private void Take(int host, int score, ulong name)
    {
        if (score < Score) return;
        var tie = PlacementSearch.Tie(name, _salt);
        if (score == Score && Host >= 0 && !(tie > _tie || (tie == _tie && string.CompareOrdinal(_snapshot.Names.NameOf(host), _snapshot.Names.NameOf(Host)) < 0))) return;
        (Host, Score, _tie) = (host, score, tie);
    }
}
