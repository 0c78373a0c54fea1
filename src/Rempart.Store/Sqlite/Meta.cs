namespace Rempart.Store.Sqlite;

/// <summary>The one row of <c>meta</c>.</summary>
/// <param name="Incarnation">See <see cref="StoreStamp"/>.</param>
/// <param name="Revision">The newest revision.</param>
/// <param name="Compacted">The oldest revision that can be read.</param>
/// <param name="Swept">The last id that compaction has dealt with; what lies between it and the compacted revision is still to be swept.</param>
internal readonly record struct Meta(string Incarnation, long Revision, long Compacted, long Swept)
{
    public const string Query = "SELECT incarnation, revision, compacted, swept FROM meta";

    public static Meta Read(Statement statement)
    {
        statement.Step();
        var meta = new Meta(statement.Text(0), statement.Number(1), statement.Number(2), statement.Number(3));
        statement.Reset();
        return meta;
    }

    public StoreStamp Stamp => new(Incarnation, Revision, Compacted);

    /// <summary>Refuses a revision that can't be read.</summary>
    public void CheckReadable(long revision)
    {
        if (revision < Compacted)
        {
            throw new StoreCompactedException(revision, Compacted);
        }

        if (revision > Revision)
        {
            throw new StoreFutureRevisionException(revision, Revision);
        }
    }
}
