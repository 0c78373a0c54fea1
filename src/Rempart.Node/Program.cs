using Rempart.Node.Networks;

return args is ["network", ..] ? await NetworkCommand.RunAsync(args[1..], CancellationToken.None) : 0;
