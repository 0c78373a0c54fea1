using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Rempart.Api;
using Rempart.Api.Infra;
using Rempart.Node.Networks;
using Rempart.Node.Profiles;

namespace Rempart.Node.Bonds;

/// <summary>
/// Makes bonds, or leaves the network as it was: what was before is on disk before anything is changed; behind a change the agent must reach its API server within a minute, else
/// everything is put back and that change is not tried again. An agent that died in the middle puts it back when it starts.
/// </summary>
/// <param name="ip">the host's network.</param>
/// <param name="journal">notes of a change.</param>
/// <param name="bootId">of this boot.</param>
/// <param name="time">clock of the minute.</param>
internal sealed class BondKeeper(IpTool ip, BondJournal journal, string bootId, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>Asks the API server something; false when it does not answer. Null where nobody can be asked yet: then nothing is changed.</summary>
    public Func<CancellationToken, Task<bool>>? Reaches { get; set; }

    /// <summary>What bonds are to the kernel.</summary>
    public BondType Type { get; init; } = BondType.Kernel;

    /// <summary>How long the API server may not answer behind a change.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Puts back what an agent left that ended in the middle of a change. Before the API server is needed: the way to it may be what was changed.</summary>
    internal async Task RestoreAsync(CancellationToken cancellationToken)
    {
        if (journal.Read() is not { Stage: BondStage.Changing } left) return;
        const string Ended = "the agent ended in the middle of the change";
        if (left.BootId == bootId) await PutBackAsync(left, Ended, cancellationToken);
        else journal.Write(Failed(left, $"{Ended}, and the host was started anew"));
    }

    /// <summary>One look, and one change if it is needed.</summary>
    /// <param name="told">what the host was told.</param>
    /// <param name="cancellationToken">ends it; a change that is under way is put back.</param>
    internal async Task<IReadOnlyList<ProfileFinding>> KeepAsync(HostSpec told, CancellationToken cancellationToken)
    {
        if (told.Bonds is not { Count: > 0 } wanted) return [];
        try
        {
            var now = await ip.ReadAsync(cancellationToken);
            var plan = BondPlan.Decide(now, wanted, Type);
            if (plan.Findings.Count > 0 || plan.Steps.Count == 0) return plan.Findings;
            var change = ChangeOf(told);
            if (journal.Read() is { } before && before.Change == change) return [RolledBack(before.Message)];
            if (Reaches is null || !await Reaches(cancellationToken)) return [new(ProfileFinding.BondsWait, "bonds are made when the API server answers: it is asked again behind the change")];
            return await ChangeAsync(new BondNotes(BondStage.Changing, change, bootId, "") { Before = now, Names = [.. wanted.SelectMany(bond => bond.Devices.Append(bond.Name)).Distinct(StringComparer.Ordinal)] }, plan, cancellationToken);
        }
        catch (Exception failure) when (failure is NetworkSetupException or IOException)
        {
            return [new(ProfileFinding.BondsFailed, $"bonds: {failure.Message}")];
        }
    }

    private async Task<IReadOnlyList<ProfileFinding>> ChangeAsync(BondNotes notes, BondPlan plan, CancellationToken cancellationToken)
    {
        // INVARIANT: the way back is on disk before the first step.
        journal.Write(notes);
        string problem;
        try
        {
            foreach (var step in plan.Steps) await ip.RunAsync(step, cancellationToken);
            if (await AnswersAsync(cancellationToken))
            {
                journal.Write(null);
                return [];
            }

            problem = $"the API server did not answer within {Patience.TotalSeconds:0} s behind the change";
        }
        catch (NetworkSetupException failure)
        {
            problem = failure.Message;
        }
        catch (OperationCanceledException)
        {
            await PutBackAsync(notes, "the agent was stopped in the middle of the change", CancellationToken.None);
            throw;
        }

        return [RolledBack(await PutBackAsync(notes, problem, CancellationToken.None))];
    }

    private async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        // Not by the wall clock: that may be set once the network has changed.
        var since = time.GetTimestamp();
        while (true)
        {
            if (await Reaches!(cancellationToken)) return true;
            if (time.GetElapsedTime(since) >= Patience) return false;
            await Task.Delay(Pause, time, cancellationToken);
        }
    }

    // Each command by itself: one that fails leaves the others to be done. Twice, because what is switched on late takes its routes late.
    private async Task<string> PutBackAsync(BondNotes notes, string why, CancellationToken cancellationToken)
    {
        var (failures, left) = (new List<string>(), 0);
        for (var round = 0; round < 2; round++)
        {
            failures.Clear();
            foreach (var step in BondUndo.Decide(notes.Before!, await ip.ReadAsync(cancellationToken), notes.Names!))
            {
                try
                {
                    await ip.RunAsync(step, cancellationToken);
                }
                catch (NetworkSetupException failure)
                {
                    failures.Add(failure.Message);
                }
            }

            left = BondUndo.Decide(notes.Before!, await ip.ReadAsync(cancellationToken), notes.Names!).Count;
            if (left == 0) break;
        }

        var failed = Failed(notes, left == 0 ? $"{why}; the network was put back as it was" : $"{why}; the network could not be put back whole, look at `ip address` and `ip route` on the host: {string.Join("; ", failures)}");
        journal.Write(failed);
        return failed.Message;
    }

    private static BondNotes Failed(BondNotes notes, string message) => new(BondStage.Failed, notes.Change, notes.BootId, message);

    private static ProfileFinding RolledBack(string message) => new(ProfileFinding.BondsRolledBack, $"bonds: {message}. It is not tried again before the profile changes");

    private static string ChangeOf(HostSpec told) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
        $"{told.ProfileUid} {told.ProfileGeneration} {JsonSerializer.Serialize(told.Bonds, ApiJson.Lenient.GetTypeInfo(typeof(IReadOnlyList<HostBond>)))}")));
}
