using System.Text;

namespace Rempart.ApiServer.Http;

/// <summary>Plain text.</summary>
internal sealed record TextResult(int Code, string Text, string Type = "text/plain; charset=utf-8") : ApiResult
{
    public override async Task WriteAsync(RequestContext context, CancellationToken cancellationToken)
    {
        ResponseWriter.Begin(context, Code, Type);
        // Not Modified has no body, not even an empty one.
        if (Text.Length == 0) return;
        await PatientOutput.WriteAsync(context, Encoding.UTF8.GetBytes(Text), cancellationToken);
        await PatientOutput.FlushAsync(context, cancellationToken);
    }
}
