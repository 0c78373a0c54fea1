using Rempart.Api.Compute;
using Rempart.Node.Migration;

namespace Rempart.Node.Tests.Migration;

public sealed class TellingTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_server_that_does_not_answer_holds_nobody_up_and_its_word_is_given_up()
    {
        var (said, heard) = (0, new TaskCompletionSource<CancellationToken>());
        await using var telling = new Telling(async (_, token) =>
        {
            said++;
            heard.SetResult(token);
            await Task.Delay(Timeout.Infinite, token);
        }, Cancellation);
        telling.Begin(Same);
        var given = await heard.Task;
        telling.Begin(Same);
        Assert.Equal(1, said);
        await telling.StopAsync(TimeSpan.Zero);
        Assert.True(given.IsCancellationRequested);
        await telling.StopAsync(TimeSpan.Zero);
    }

    [Fact]
    public async Task What_is_heard_in_time_is_not_given_up_and_another_word_may_follow()
    {
        List<CancellationToken> said = [];
        var answer = new TaskCompletionSource();
        var telling = new Telling(async (_, token) =>
        {
            said.Add(token);
            await answer.Task;
        }, Cancellation);
        telling.Begin(Same);
        var stop = telling.StopAsync(TimeSpan.FromMinutes(1));
        answer.SetResult();
        await stop;
        telling.Begin(Same);
        Assert.Equal([false, false], said.Select(token => token.IsCancellationRequested));
        Assert.Equal(2, said.Count);
        await telling.DisposeAsync();
    }

    [Fact]
    public async Task What_goes_wrong_in_a_word_is_not_lost()
    {
        var telling = new Telling((_, _) => Task.FromException(new InvalidOperationException("of the teller")), Cancellation);
        telling.Begin(Same);
        Assert.Equal("of the teller", (await Assert.ThrowsAsync<InvalidOperationException>(() => telling.StopAsync(TimeSpan.Zero))).Message);
    }

    private static MigrationSourceStatus Same(MigrationSourceStatus said) => said;
}
