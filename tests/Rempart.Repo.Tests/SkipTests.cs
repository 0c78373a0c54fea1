using System.Text.RegularExpressions;

namespace Rempart.Repo.Tests;

/// <summary>A skipped test is a promise not kept: the reasons that are accepted are these, and no others.</summary>
public sealed partial class SkipTests
{
    private static readonly string[] Reasons =
    [
        "no KVM: `/dev/kvm` boots no guest here",
        "no kubectl on the PATH",
        "no shellcheck",
        "no systemd",
        "no systemd-analyze",
        "no openvswitch module in this kernel",
        "no upstream fixtures: set REMPART_CONFORMANCE to their folder",
        "not root",
    ];

    [Fact]
    public void Every_reason_to_skip_is_listed() =>
        Repository.None("a reason to skip that is not in the list of SkipTests", TestSources()
            .SelectMany(file => Skip().Matches(Repository.Read(file))
                .Where(match => !Reasons.Contains(match.Groups["reason"].Value, StringComparer.Ordinal))
                .Select(match => $"{file}: {match.Value}")));

    [Fact]
    public void No_test_is_explicit_and_so_never_run() =>
        Repository.None("`Explicit = true`", TestSources().SelectMany(file => Repository.Lines(file, Explicit())));

    private static IEnumerable<string> TestSources() => Repository.CSharp
        .Where(file => file.StartsWith("tests/", StringComparison.Ordinal) && !file.EndsWith("/SkipTests.cs", StringComparison.Ordinal));

    /// <summary>A reason that is no literal is captured as nothing, and so refused too.</summary>
    [GeneratedRegex(@"(?:\bSkip\s*=\s*|Assert\.Skip\(\s*|Assert\.Skip(?:When|Unless)\([^;]*?,\s*)(?:""(?<reason>[^""]*)""|(?=[^\s=]))")]
    private static partial Regex Skip();

    [GeneratedRegex(@"\bExplicit\s*=\s*true")]
    private static partial Regex Explicit();
}
