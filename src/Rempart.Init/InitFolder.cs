namespace Rempart.Init;

/// <summary>Names of what the supervisor keeps in the instance's data folder.</summary>
internal sealed record InitFolder(string Data)
{
    internal string Services => Path.Combine(Data, "services.json");

    internal string Run => Path.Combine(Data, "init");

    internal string Socket => Path.Combine(Run, "control.sock");

    internal string Lock => Path.Combine(Run, "lock");
}
