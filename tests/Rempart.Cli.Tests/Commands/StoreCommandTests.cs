using Rempart.Cli.Commands;

namespace Rempart.Cli.Tests.Commands;

public sealed class StoreCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("rempart-store-command-").FullName;
    private readonly StringWriter _errors = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _errors.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("cli", 0, 0)]
    [InlineData("server", 3, 3)]
    [InlineData("elsewhere", 64, 2)]
    public async Task The_words_go_to_the_servers_program_wherever_it_is_and_its_code_comes_back(string place, int code, int wanted)
    {
        Program(place, code);
        var said = await StoreCommand.RunAsync(["backup", "a b", "--data=/x", "--"], Path.Combine(_folder, "cli"), $"relative:{_folder}/elsewhere", _errors, Stop);
        Assert.Equal(wanted, said);
        Assert.Equal(["store", "backup", "a b", "--data=/x", "--"], await File.ReadAllLinesAsync(Path.Combine(_folder, "said"), Stop));
    }

    [Fact]
    public async Task Where_there_is_no_server_it_says_so()
    {
        Assert.Equal(ExitCode.Failed, await StoreCommand.RunAsync(["check", "x"], Path.Combine(_folder, "cli"), "/nonexistent", _errors, Stop));
        Assert.Contains("on the server's host", _errors.ToString(), StringComparison.Ordinal);
    }

    private void Program(string place, int code)
    {
        var path = Path.Combine(Directory.CreateDirectory(Path.Combine(_folder, place)).FullName, "rempart-server");
        File.WriteAllText(path, $"#!/bin/sh\nprintf '%s\\n' \"$@\" >{_folder}/said\nexit {code}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
