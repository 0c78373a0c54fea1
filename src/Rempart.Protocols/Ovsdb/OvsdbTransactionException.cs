namespace Rempart.Protocols.Ovsdb;

/// <summary>The server refused a transaction; nothing of it was done.</summary>
/// <param name="operation">index of the operation it refused; the number of operations when the whole failed at commit.</param>
/// <param name="error">RFC 7047's error word, such as `constraint violation`.</param>
/// <param name="details">the server's explanation, may be empty.</param>
public sealed class OvsdbTransactionException(int operation, string error, string details)
    : Exception($"the database refused operation {operation}: {error}{(details.Length > 0 ? $": {details}" : "")}")
{
    public int Operation { get; } = operation;

    public string Error { get; } = error;

    public string Details { get; } = details;
}
