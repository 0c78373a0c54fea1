using Rempart.Api.Meta;
using Rempart.Api.Storage;
using Rempart.Controllers.Storage;
using Rempart.Testing.Api;

namespace Rempart.Controllers.Tests.Storage;

public sealed class ImageControllerTests
{
    [Fact]
    public async Task A_try_that_no_node_was_there_for_is_none_of_the_policy()
    {
        // Given an image that was refused by a policy, to be tried again in ten minutes, and a policy that was changed since
        await using var world = new ControllerWorld(TestContext.Current.CancellationToken, ImageController.Registration);
        var again = world.Time.GetUtcNow().AddMinutes(10);
        world.Api.Fault = request => request.RequestUri!.AbsolutePath.EndsWith("/fetch", StringComparison.Ordinal)
            ? new ApiStatus { Status = "Failure", Code = 503, Reason = StatusReason.ServiceUnavailable, Message = "no node is connected that could fetch it" } : null;
        world.Api.Seed(new ImageSourcePolicy { Metadata = new() { Name = ImageSourcePolicy.TheOne }, Spec = new() { AllowedRanges = ["10.1.0.0/16"] } });
        world.Api.Seed(new Image
        {
            Metadata = new() { Name = "debian" },
            Spec = new() { Type = "Kernel", Digest = $"sha256:{new string('1', 64)}", Source = new() { Url = "https://images.test/kernel" } },
            Status = new()
            {
                Phase = "Failed", NextFetchTime = again,
                Conditions = [new() { Type = "Ready", Status = "False", Reason = "EgressDenied", Message = "not allowed", LastTransitionTime = world.Time.GetUtcNow() }],
            },
        });

        // Then it is tried as soon as a node may be there, not in ten minutes
        await world.UntilAsync("three tries", () => world.Api.Requests.ToArray().Count(request => request.EndsWith("/images/debian/fetch", StringComparison.Ordinal)) >= 3);
        Assert.True(world.Time.GetUtcNow() < again, "it waited as for a policy that had been tried");
    }
}
