using Rempart.Node.Tests.Machines;

// The test program is also the agent that one test starts and kills.
return args is [TestAgent.Command, var instance, var firstUid, var uid]
    ? await TestAgent.RunAsync(instance, firstUid, uid)
    : await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args);
