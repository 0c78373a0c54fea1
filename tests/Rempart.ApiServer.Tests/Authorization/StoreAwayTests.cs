using Microsoft.Extensions.Logging.Abstractions;
using Rempart.Api.Meta;
using Rempart.ApiServer.Authorization;
using Rempart.ApiServer.Objects;
using Rempart.Policy.Authorization;
using Rempart.Store;

namespace Rempart.ApiServer.Tests.Authorization;

public sealed class StoreAwayTests
{
    /// <summary>A node's agent that is told 403 where nothing is known takes what it asked about for another's.</summary>
    [Fact]
    public async Task What_can_not_be_looked_up_while_the_store_is_away_is_no_refusal()
    {
        var reader = new Reader(new StoreUnavailableException("etcd can't be used", inner: null));
        var authorizer = new RequestAuthorizer(reader, NullLogger<RequestAuthorizer>.Instance, TimeProvider.System);
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await authorizer.AuthorizeAsync(Request, TestContext.Current.CancellationToken));
        reader.Failure = new InvalidOperationException("a surprise");
        Assert.False((await authorizer.AuthorizeAsync(Request, TestContext.Current.CancellationToken)).Allowed);
        reader.Failure = null;
        Assert.False((await authorizer.AuthorizeAsync(Request, TestContext.Current.CancellationToken)).Allowed);
    }

    private static AccessRequest Request => new()
    {
        Caller = new() { Name = "system:node:h1", Groups = ["system:nodes"], Method = "certificate" },
        Verb = "get", Group = "compute.rempart.dev", Resource = "virtualmachines", Namespace = "p", Name = "web",
    };

    private sealed class Reader(Exception? failure) : IObjectReader
    {
        public Exception? Failure { get; set; } = failure;

        public ValueTask<T?> GetAsync<T>(string? ns, string name, CancellationToken cancellationToken) where T : ApiObject => ValueTask.FromResult<T?>(null);

        public T? Find<T>(string? ns, string name) where T : ApiObject => null;

        public ValueTask<IReadOnlyList<T>> ListAsync<T>(string? ns, CancellationToken cancellationToken) where T : ApiObject => ValueTask.FromResult<IReadOnlyList<T>>([]);

        public void Observe<T>(IObjectObserver<T> observer) where T : ApiObject
        {
        }

        public ValueTask CatchUpAsync(CancellationToken cancellationToken) => Failure is { } away ? ValueTask.FromException(away) : ValueTask.CompletedTask;
    }
}
