namespace Rempart.Repo.Tests;

/// <summary>What `./dev up` does before and after a run that was interrupted, and before one that would not be understood.</summary>
public sealed class UpgradeScriptTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("rempart-dev-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData(null, 0, "")]
    [InlineData("# written by 5f76197a01c2\nstore 1 1\npool 1 1\n", 0, "")]
    [InlineData("# written by 5f76197a01c2\nstore 1 3\n", 1, "keeps `store` in format 3, and this checkout knows none after 2")]
    [InlineData("# written by 5f76197a01c2\nstore 1 3\n", 1, "check out 5f76197a01c2 or a newer one")]
    [InlineData("# written by 5f76197a01c2\nghosts 1 1\n", 1, "keeps `ghosts` in format 1, and this checkout knows none after 0")]
    [InlineData("# written by 5f76197a01c2\nkeys 1 1\n", 1, "keeps `keys` in format 1, and this checkout reads from 2 up")]
    public async Task An_instance_of_a_format_that_the_programs_do_not_read_is_refused(string? held, int expected, string says)
    {
        Directory.CreateDirectory(Path.Combine(_folder.FullName, "src"));
        await File.WriteAllTextAsync(PathOf("src/formats"), "# comment\nstore     1 2   database\npool 1 1\nkeys 2 3 x\n", Token);
        if (held is not null) await File.WriteAllTextAsync(PathOf("formats"), held, Token);

        (int code, string output) = await Bash.RunAsync(["output", "formats"], "ID=iabcdef HOME_OF_INSTANCE=$ROOT; refuse_unreadable_formats", _folder.FullName);

        Assert.Equal(expected, code);
        Assert.Contains(says, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_noted_is_what_the_checkout_writes_and_is_taken_again()
    {
        (int code, string output) = await Bash.RunAsync(["output", "formats"], $"ID=iabcdef HOME_OF_INSTANCE='{_folder.FullName}'; note_formats; refuse_unreadable_formats");

        Assert.True(code == 0, output);
        Assert.Contains("\nstore 1 ", await File.ReadAllTextAsync(PathOf("formats"), Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_step_that_outlived_its_script_is_ended_by_the_next_run()
    {
        const string Interrupted = """
            bash -c 'set -euo pipefail; ROOT=$1; source "$2"; claim_checkout; step Long advice sleep 1000' bash "$ROOT" "$SCRIPTS/output.sh" &
            script=$!
            until [ -s artifacts/dev/step ]; do sleep 0.05; done
            kill -KILL $script; wait $script || true
            read -r group _ <artifacts/dev/step
            kill -0 -- -$group && echo "the step goes on"
            claim_checkout
            kill -0 -- -$group 2>/dev/null || echo "it has ended"
            """;

        (int code, string output) = await Bash.RunAsync(["output"], $"SCRIPTS='{Repository.Root}/scripts'; {Interrupted}", _folder.FullName);

        Assert.True(code == 0, output);
        Assert.Contains("the step goes on", output, StringComparison.Ordinal);
        Assert.Contains("it has ended", output, StringComparison.Ordinal);
        Assert.False(File.Exists(PathOf("artifacts/dev/step")));
    }

    [Fact]
    public async Task A_run_that_changes_no_instance_is_not_ended_by_one_that_does_nor_forgets_its_step()
    {
        const string Beside = """
            tests() { bash -c 'set -euo pipefail; ROOT=$1; source "$2"; step Tests advice eval "touch testing; until [ -e go ]; do sleep 0.05; done"' bash "$ROOT" "$SCRIPTS/output.sh"; }
            tests &
            until [ -e testing ]; do sleep 0.05; done
            first() { bash -c 'set -euo pipefail; ROOT=$1; source "$2"; claim_checkout; step Up advice eval "touch up; until [ -e down ]; do sleep 0.05; done"' bash "$ROOT" "$SCRIPTS/output.sh"; }
            first &
            until [ -e up ]; do sleep 0.05; done
            touch go; wait %1 && echo "the tests ended well"
            [ -s artifacts/dev/step ] && echo "the step is written down still"
            touch down; wait %2 && echo "so did the other"
            """;

        (int code, string output) = await Bash.RunAsync(["output"], $"SCRIPTS='{Repository.Root}/scripts'; {Beside}", _folder.FullName);

        Assert.True(code == 0, output);
        Assert.DoesNotContain("interrupted", output, StringComparison.Ordinal);
        Assert.Contains("the tests ended well\nthe step is written down still\n", output, StringComparison.Ordinal);
        Assert.Contains("so did the other", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_step_that_was_not_written_down_when_its_script_was_killed_does_not_begin()
    {
        const string Killed = """
            bash -c 'set -euo pipefail; ROOT=$1; source "$2"; claim_checkout; process_ticks() { kill -KILL $$; }; step Short advice touch done' bash "$ROOT" "$SCRIPTS/output.sh" || true
            until ! pgrep -f "$SCRIPTS/output.sh $ROOT" >/dev/null; do sleep 0.05; done
            sleep 0.5
            [ -e done ] || echo "it has not begun"
            """;

        (int code, string output) = await Bash.RunAsync(["output"], $"SCRIPTS='{Repository.Root}/scripts'; {Killed}", _folder.FullName);

        Assert.True(code == 0, output);
        // The shell tells of the kill besides.
        Assert.Contains("it has not begun", output.Split('\n'));
    }

    [Theory]
    [InlineData("$$ 1 $(boot_id)")]
    [InlineData("$$ $(process_ticks $$) another-boot")]
    [InlineData("no pid at all")]
    public async Task A_process_that_has_the_number_of_a_step_of_before_is_left_alone(string step)
    {
        (int code, string output) = await Bash.RunAsync(["output"], $"echo \"{step}\" >\"$STATE/step\"; end_abandoned_step; echo 'still here'", _folder.FullName);

        Assert.Equal((0, "still here"), (code, output.Trim()));
    }

    [Fact]
    public async Task Two_at_a_time_are_refused_and_what_a_step_started_does_not_hold_up_the_next_run()
    {
        const string Twice = """
            first() { bash -c 'set -euo pipefail; ROOT=$1; source "$2"; claim_checkout; eval "$3"' bash "$ROOT" "$SCRIPTS/output.sh" "$1"; }
            first 'touch held; until [ -e go ]; do sleep 0.05; done' &
            until [ -e held ]; do sleep 0.05; done
            (claim_checkout) || true
            touch go; wait
            first 'start_daemon() { setsid --fork sleep 3 </dev/null >/dev/null 2>&1; }; step Daemon advice start_daemon'
            claim_checkout && echo "free again"
            """;

        (int code, string output) = await Bash.RunAsync(["output"], $"SCRIPTS='{Repository.Root}/scripts'; {Twice}", _folder.FullName);

        Assert.True(code == 0, output);
        Assert.Contains("of this checkout is at work", output, StringComparison.Ordinal);
        Assert.EndsWith("free again", output.Replace("error: another `./dev up` or `./dev down` of this checkout is at work\n       wait until it ends, or end it\n", "", StringComparison.Ordinal).Trim(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/home/zwei Wörter, $HOME & Co/rempart", 0)]
    [InlineData("/home/o'neill/rempart", 1)]
    [InlineData("/home/a;b", 1)]
    [InlineData("/home/a\\b", 1)]
    public async Task A_path_in_which_the_compiler_would_fail_is_refused_at_once(string path, int expected)
    {
        (int code, string output) = await Bash.RunAsync(["output", "publish"], $"IFS= read -r ROOT <<'PATH'\n{path}\nPATH\nrequire_buildable_path", _folder.FullName);

        Assert.Equal(expected, code);
        Assert.Equal(expected == 1, output.Contains($"can't build in {path}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Programs_that_something_runs_from_are_not_forgotten_however_many_are_newer()
    {
        const string Versions = """
            HOME_OF_INSTANCE=$ROOT
            mkdir -p versions/a
            cp "$(command -v sleep)" versions/a/program
            for version in a b c d e f; do mkdir -p versions/$version; touch -d "2020-01-01 00:00:0$((++n))" versions/$version; done
            versions/a/program 1000 & running=$!
            until [ "$(readlink /proc/$running/exe)" = "$ROOT/versions/a/program" ]; do sleep 0.05; done
            forget_old_versions f
            kill $running
            echo versions/*
            """;

        (int code, string output) = await Bash.RunAsync(["publish"], "n=0; " + Versions, _folder.FullName);

        Assert.True(code == 0, output);
        Assert.EndsWith("versions/a versions/d versions/e versions/f", output.Trim(), StringComparison.Ordinal);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string PathOf(string name) => Path.Combine(_folder.FullName, name);
}
