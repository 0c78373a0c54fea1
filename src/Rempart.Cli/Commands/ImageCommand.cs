using System.CommandLine;

namespace Rempart.Cli.Commands;

/// <summary><c>rempart image</c>.</summary>
internal sealed class ImageCommand : Command
{
    public ImageCommand() : base("image", "Uploads images, and has them fetched.")
    {
        Subcommands.Add(new ImageCreateCommand());
        Subcommands.Add(new ImageUploadCommand());
    }
}
