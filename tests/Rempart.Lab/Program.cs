return await Rempart.Lab.Commands.LabCommand.RunAsync(args, Console.Out, Console.Error, TimeProvider.System);
