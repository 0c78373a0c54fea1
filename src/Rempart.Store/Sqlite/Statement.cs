using System.Text;
using SQLitePCL;

namespace Rempart.Store.Sqlite;

/// <summary>A prepared statement: bind, step, read, reset. Parameters count from 1, columns from 0.</summary>
internal sealed class Statement(Database database, sqlite3_stmt handle) : IDisposable
{
    public Statement Bind(int parameter, long value)
    {
        database.Check(raw.sqlite3_bind_int64(handle, parameter, value));
        return this;
    }

    /// <summary>Binds a key or a bound of a range: ASCII, so no encoder is needed and nothing is allocated.</summary>
    public Statement Bind(int parameter, string ascii)
    {
        if (ascii.Length == 0)
        {
            // As a span it would have no address and be bound as NULL.
            database.Check(raw.sqlite3_bind_text(handle, parameter, ""));
            return this;
        }

        Span<byte> bytes = stackalloc byte[ascii.Length];
        Encoding.ASCII.GetBytes(ascii, bytes);
        database.Check(raw.sqlite3_bind_text(handle, parameter, bytes));
        return this;
    }

    public Statement Bind(int parameter, ReadOnlyMemory<byte>? value)
    {
        database.Check(value switch
        {
            null => raw.sqlite3_bind_null(handle, parameter),
            { } bytes => raw.sqlite3_bind_blob(handle, parameter, bytes.Span),
        });
        return this;
    }

    /// <summary>Goes to the next row; false at the end. A failure resets the statement.</summary>
    public bool Step()
    {
        var code = raw.sqlite3_step(handle);
        if (code is not raw.SQLITE_ROW and not raw.SQLITE_DONE)
        {
            try
            {
                database.Check(code);
            }
            finally
            {
                Reset();
            }
        }

        return code == raw.SQLITE_ROW;
    }

    /// <summary>Runs a statement that returns no rows.</summary>
    public void Run()
    {
        Step();
        Reset();
    }

    public long Number(int column) => raw.sqlite3_column_int64(handle, column);

    public string Text(int column) => Encoding.UTF8.GetString(raw.sqlite3_column_blob(handle, column));

    public bool IsNull(int column) => raw.sqlite3_column_type(handle, column) == raw.SQLITE_NULL;

    /// <summary>The bytes of a column: the one copy on the way from the page cache to the caller.</summary>
    public byte[] Bytes(int column) => raw.sqlite3_column_blob(handle, column).ToArray();

    /// <summary>Ends the read. The result of a reset only repeats the step's.</summary>
    public void Reset() => _ = raw.sqlite3_reset(handle);

    public void Dispose() => handle.Dispose();
}
