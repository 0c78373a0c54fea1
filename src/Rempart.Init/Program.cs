return await Rempart.Init.InitCommand.RunAsync(args, TimeProvider.System);
