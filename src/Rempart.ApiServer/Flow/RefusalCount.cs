using System.Globalization;
using Rempart.Api.Audit;

namespace Rempart.ApiServer.Flow;

/// <summary>Refusals of one client for one reason that were not recorded one by one.</summary>
internal sealed record RefusalCount(string Client, AuditRecord Sample, long Count, DateTimeOffset First, DateTimeOffset Last)
{
    /// <summary>Both together.</summary>
    public RefusalCount With(RefusalCount other) => this with
    {
        Count = Count + other.Count, First = First < other.First ? First : other.First, Last = Last > other.Last ? Last : other.Last,
    };

    /// <summary>As the trail keeps it: who and why, without what each one asked for.</summary>
    public AuditRecord Record() => new()
    {
        Stage = AuditStage.Outcome,
        AuditId = "refusals",
        User = Sample.User,
        Method = Sample.Method,
        Credential = Sample.Credential,
        Source = Sample.Source,
        Decision = "deny",
        Status = Sample.Status,
        Count = Count,
        Note = string.Create(CultureInfo.InvariantCulture, $"{Count} refusals of `{Client}` from {First:u} to {Last:u} were counted and not recorded one by one"),
    };
}
