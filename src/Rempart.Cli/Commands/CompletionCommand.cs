using System.CommandLine;

namespace Rempart.Cli.Commands;

/// <summary><c>rempart completion</c>: a script that lets the shell complete verbs, options, kinds and names of objects.</summary>
internal sealed class CompletionCommand : Command
{
    // The program itself answers `[suggest:POSITION] LINE`, so that completion never lags behind the verbs.
    private const string Bash = """
        _rempart() {
          local IFS=$'\n'
          COMPREPLY=( $(rempart "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null) )
          COMPREPLY=( $(compgen -W "${COMPREPLY[*]}" -- "${COMP_WORDS[COMP_CWORD]}") )
        }
        complete -o default -F _rempart rempart

        """;

    private const string Zsh = """
        #compdef rempart
        _rempart() {
          local -a words
          words=("${(@f)$(rempart "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)}")
          compadd -- "${words[@]}"
        }
        compdef _rempart rempart

        """;

    private const string Fish = """
        complete -f -c rempart -a '(rempart "[suggest:"(commandline -C)"]" (commandline) 2>/dev/null)'

        """;

    private readonly Argument<string> _shell = new("shell") { Description = "bash, zsh or fish" };

    public CompletionCommand() : base("completion", "Prints a completion script. Example: eval \"$(rempart completion bash)\"")
    {
        _shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        Arguments.Add(_shell);
        SetAction(parse => parse.InvocationConfiguration.Output.Write(parse.GetValue(_shell) switch { "zsh" => Zsh, "fish" => Fish, _ => Bash }));
    }
}
