using System.Text.Json.Nodes;
using Rempart.Api.Meta;
using Rempart.Api.Storage;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Kinds.Storage;

/// <summary>Rules of Images. Authors are written by admission.</summary>
internal sealed class ImageRules : TypedKindRules<Image>
{
    private const int LongestUrl = 2048;

    public override void PrepareForCreate(JsonObject document, WriteCall call) => document.Child("status")["phase"] = "Pending";

    protected override void Validate(Image document, Image? old, FieldErrors errors)
    {
        var spec = document.Spec;
        errors.OneOf("spec.type", spec.Type, "Disk", "Kernel", "Initrd");
        errors.OneOf("spec.format", spec.Format, "qcow2", "raw");
        if (spec.Type == "Disk" && spec.Format is null) errors.Required("spec.format", "`qcow2` or `raw`; it is never guessed from the bytes");
        if (spec.Type is "Kernel" or "Initrd")
        {
            if (spec.Format is not null) errors.Forbidden("spec.format", "only images of type `Disk` have a format");
            if (spec.MaxVirtualSize is not null) errors.Forbidden("spec.maxVirtualSize", "only images of type `Disk` have a virtual size");
        }

        errors.Digest("spec.digest", spec.Digest);
        errors.Bytes("spec.maxVirtualSize", spec.MaxVirtualSize, Quantity.Parse("1Mi"), Quantity.Parse("64Ti"), Quantity.Parse("1"));
        if (spec.Source is { } source) Validate(source, errors);
        errors.OneOf("status.phase", document.Status?.Phase, "Pending", "Uploading", "Fetching", "Converting", "Ready", "Failed");
        if (old is not null) errors.Unchanged("spec", spec, old.Spec);
    }

    private static void Validate(ImageSource source, FieldErrors errors)
    {
        errors.NotLonger("spec.source.url", source.Url, LongestUrl);
        if (source.Url.Length <= LongestUrl && UrlProblem(source.Url) is { } problem) errors.Invalid("spec.source.url", source.Url, problem);
        errors.Label("spec.source.certificateAuthority", source.CertificateAuthority);
    }

    private static string? UrlProblem(string url)
    {
        if (ContainerReference.IsMeantBy(url)) return ContainerReference.TryParse(url) is null ? "must be `oci://REGISTRY/REPOSITORY@sha256:` and 64 hexadecimal digits: a tag may name something else tomorrow" : null;
        if (!Uri.TryCreate(url, UriKind.Absolute, out var parsed) || parsed.Scheme != Uri.UriSchemeHttps || parsed.Host.Length == 0) return "must be `https://HOST/PATH` or `oci://REGISTRY/REPOSITORY@sha256:…`";
        if (url.Any(letter => letter is <= ' ' or >= '\x7f' or '\\')) return "must be ASCII without spaces and backslashes: escape what is none";
        return parsed.UserInfo.Length > 0 || parsed.Fragment.Length > 0 ? "can't hold a user, a password or a fragment" : null;
    }
}
