using Rempart.Server.Bootstrap;

return args is ["init", .. var arguments] ? InitCommand.Run(arguments, Console.Out, Console.Error, TimeProvider.System) : 0;
