namespace Rempart.Testing.Programs;

/// <summary>Programs of this build, for tests that start them.</summary>
public static class BuiltProgram
{
    /// <summary><c>debug</c> or <c>release</c>, as the tests themselves are.</summary>
    public static string Configuration => Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));

    /// <summary><c>rempart-server</c>.</summary>
    public static string Server => Of("Rempart.Server", "rempart-server");

    /// <summary><c>rempart</c>.</summary>
    public static string Cli => Of("Rempart.Cli", "rempart");

    private static string Of(string project, string program) => Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../..", project, Configuration, program));
}
