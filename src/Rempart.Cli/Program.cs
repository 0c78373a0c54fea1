using Rempart.Cli;

return await RootProgram.RunAsync(args, CancellationToken.None);
