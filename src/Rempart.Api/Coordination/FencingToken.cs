using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Rempart.Api.Coordination;

/// <summary>
/// A term of leadership, which a leader names with everything that it writes: the server commits the write only if the lease's term is still this one.
/// </summary>
/// <param name="Namespace">Namespace of the lease.</param>
/// <param name="Lease">Name of the lease.</param>
/// <param name="Transitions">The lease's <see cref="LeaseSpec.LeaseTransitions"/> in this term.</param>
/// <param name="Holder">The lease's <see cref="LeaseSpec.HolderIdentity"/>, another one in each term.</param>
public sealed record FencingToken(string Namespace, string Lease, int Transitions, string Holder)
{
    /// <summary>Header that carries it.</summary>
    public const string Header = "Rempart-Fence";

    private const int Longest = 640;

    /// <summary>What is compared: two terms of a lease never have the same.</summary>
    public string Term => TermOf(Transitions, Holder);

    /// <summary>The term that a lease is in.</summary>
    public static string TermOf(int? transitions, string? holder) => string.Create(CultureInfo.InvariantCulture, $"{transitions ?? 0} {holder}");

    /// <summary>Reads a header.</summary>
    /// <param name="text">Its value, such as <c>kube-system/rempart-controllers 4 host1_5b1f</c>.</param>
    /// <param name="token">The token.</param>
    public static bool TryParse(string? text, [NotNullWhen(true)] out FencingToken? token)
    {
        token = null;
        if (text is not { Length: <= Longest } || text.Split(' ') is not [var lease, var transitions, { Length: > 0 } holder]) return false;
        if (lease.Split('/') is not [{ Length: > 0 } ns, { Length: > 0 } name] || !int.TryParse(transitions, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return false;
        token = new FencingToken(ns, name, number, holder);
        return true;
    }

    /// <summary>The header's value.</summary>
    public override string ToString() => $"{Namespace}/{Lease} {Term}";
}
