using Rempart.Store.Tests.Sqlite;
using Xunit.Runner.InProc.SystemConsole;

// The tests; or, run by a test, the process that it kills or meets.
return args switch
{
    ["--write-until-killed", var path, var seed] => await CrashWriter.RunAsync(path, seed),
    _ => await ConsoleRunner.Run(args),
};
