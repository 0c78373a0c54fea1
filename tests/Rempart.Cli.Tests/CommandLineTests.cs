namespace Rempart.Cli.Tests;

public sealed class CommandLineTests
{
    [Fact]
    public void Every_verb_has_a_description_and_so_has_every_option_and_argument()
    {
        var commands = new Queue<System.CommandLine.Command>([RootProgram.Build()]);
        var seen = 0;
        while (commands.TryDequeue(out var command))
        {
            seen++;
            Assert.False(string.IsNullOrWhiteSpace(command.Description), command.Name);
            Assert.All(command.Options, o => Assert.False(string.IsNullOrWhiteSpace(o.Description), $"{command.Name} {o.Name}"));
            Assert.All(command.Arguments, a => Assert.False(string.IsNullOrWhiteSpace(a.Description), $"{command.Name} {a.Name}"));
            foreach (var sub in command.Subcommands) commands.Enqueue(sub);
        }

        Assert.True(seen > 15, $"only {seen} verbs were found");
    }

    [Fact]
    public void An_unknown_verb_is_a_usage_error() => Assert.Equal(ExitCode.Usage, RootProgram.Build().Parse(["frobnicate"]).Errors.Count > 0 ? ExitCode.Usage : ExitCode.Ok);
}
