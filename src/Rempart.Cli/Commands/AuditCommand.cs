using System.CommandLine;

namespace Rempart.Cli.Commands;

/// <summary><c>rempart audit</c>.</summary>
internal sealed class AuditCommand : Command
{
    public AuditCommand() : base("audit", "Checks the audit trail.") => Subcommands.Add(new AuditVerifyCommand());
}
