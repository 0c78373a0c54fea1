using System.CommandLine;

namespace Rempart.Cli;

/// <summary>Options that every verb has.</summary>
internal static class GlobalOptions
{
    /// <summary><c>--kubeconfig</c>.</summary>
    public static Option<string?> Kubeconfig { get; } = new("--kubeconfig") { Description = "kubeconfig file; default: $KUBECONFIG, then ~/.kube/config", Recursive = true, HelpName = "file" };

    /// <summary><c>--context</c>.</summary>
    public static Option<string?> Context { get; } = new("--context") { Description = "context of the kubeconfig; default: its current one", Recursive = true, HelpName = "name" };

    /// <summary><c>-n</c>.</summary>
    public static Option<string?> Namespace { get; } = new("--namespace", "-n") { Description = "project (namespace); default: the context's", Recursive = true, HelpName = "name" };

    /// <summary><c>--debug</c>.</summary>
    public static Option<bool> Debug { get; } = new("--debug") { Description = "print each call to the API on stderr", Recursive = true };

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Option> All { get; } = [Kubeconfig, Context, Namespace, Debug];
}
