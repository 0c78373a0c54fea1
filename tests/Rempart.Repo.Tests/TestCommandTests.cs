namespace Rempart.Repo.Tests;

/// <summary>`./dev test`: what its names mean, and what it says of tests that take long.</summary>
public sealed class TestCommandTests
{
    [Theory]
    [InlineData("Store", "Rempart.Store.Tests", "")]
    [InlineData("tests/Rempart.Store.Tests/", "Rempart.Store.Tests", "")]
    [InlineData("test-reboot", "", "scripts/test-reboot.sh")]
    [InlineData("scripts/test-reboot.sh", "", "scripts/test-reboot.sh")]
    public async Task A_name_is_a_project_or_a_story(string name, string project, string story)
    {
        (int code, string output) = await BashAsync($"long=1 projects=() stories=(); choose_test '{name}'; echo \"[${{projects[*]-}}] [${{stories[*]-}}]\"");

        Assert.Equal((0, $"[{project}] [{story}]"), (code, output.Trim()));
    }

    [Fact]
    public async Task A_story_without_the_option_for_long_ones_is_refused_with_what_to_say()
    {
        (int code, string output) = await BashAsync("long='' projects=() stories=(); choose_test test-reboot");

        Assert.Equal(1, code);
        Assert.Contains("./dev test --long test-reboot", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_that_nothing_has_is_refused_with_those_that_exist()
    {
        (int code, string output) = await BashAsync("long=1 projects=() stories=(); choose_test Stoer");

        Assert.Equal(1, code);
        Assert.Contains("Rempart.Store.Tests", output, StringComparison.Ordinal);
        Assert.Contains("test-reboot", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("    A.B.First [STARTING]\n    A.B.First [FINISHED] Time: 0.1s\n    A.B.Second(victim: \"node\") [STARTING]\n", "A.B.Second(victim: \"node\")")]
    [InlineData("== up\n== power cut 1\n\n", "== power cut 1")]
    [InlineData("", "")]
    public async Task What_is_at_work_is_the_test_that_has_begun_and_not_ended_or_a_storys_last_line(string log, string expected)
    {
        string path = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(path, log, TestContext.Current.CancellationToken);
            (int code, string output) = await BashAsync($"at_work '{path}'");

            Assert.Equal((0, expected), (code, output.Trim()));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task What_runs_longer_than_its_limit_is_ended_and_what_runs_long_says_so()
    {
        string path = Path.GetTempFileName();
        try
        {
            (int code, string output) = await BashAsync($"TELL_AFTER=1; run_limited story 3 '{path}' bash -c 'echo == begun; sleep 60' || echo ended with $?");

            Assert.Equal(0, code);
            Assert.Contains("story", output, StringComparison.Ordinal);
            Assert.Contains("== begun", output, StringComparison.Ordinal);
            Assert.EndsWith("ended with 124", output.Trim(), StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static Task<(int Code, string Output)> BashAsync(string script) => Bash.RunAsync(["output", "test"], script);
}
