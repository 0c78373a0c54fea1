using Rempart.Cli.Commands;

namespace Rempart.Cli.Tests.Commands;

public sealed class ApprovalNameTests
{
    private const string Digest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    private const string Uid = "6f1b5c1e-6a0f-4d55-9a55-000000000001";

    [Fact]
    public void A_template_that_was_deleted_and_made_anew_with_the_same_content_can_be_approved_again()
    {
        var first = ApproveCommand.ApprovalName("debian", Digest, Uid);

        Assert.Equal(first, ApproveCommand.ApprovalName("debian", Digest, Uid));
        Assert.NotEqual(first, ApproveCommand.ApprovalName("debian", Digest, "7f1b5c1e-6a0f-4d55-9a55-000000000001"));
        Assert.NotEqual(first, ApproveCommand.ApprovalName("debian", Digest.Replace('0', '9'), Uid));
        Assert.Equal("debian-0123456789ab-6f1b5c1e", first);
    }
}
