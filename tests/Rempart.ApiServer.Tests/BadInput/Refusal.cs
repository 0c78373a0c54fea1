using System.Text.Json.Nodes;
using Rempart.ApiServer.Tests.Authorization;

namespace Rempart.ApiServer.Tests.BadInput;

/// <summary>What every refusal must be: a Status with code, reason, message and the fields, and nothing written.</summary>
internal static class Refusal
{
    /// <summary>Sends what must be refused; gives the sentence that the user sees.</summary>
    /// <param name="server">The server.</param>
    /// <param name="client">Who sends.</param>
    /// <param name="call">Method and path, such as <c>POST /api/v1/namespaces</c>.</param>
    /// <param name="body">Document or patch.</param>
    /// <param name="code">HTTP status.</param>
    /// <param name="reason">Reason of the Status.</param>
    /// <param name="fields">The fields that its causes name, and no others.</param>
    public static async Task<string> ExpectAsync(this SecureServer server, HttpClient client, string call, string? body, int code, string reason, params string[] fields)
    {
        var before = await server.RevisionAsync();
        var (method, path) = (new HttpMethod(call.Split(' ')[0]), call.Split(' ')[1]);
        var (actual, answer) = await SecureServer.SendAsync(client, method, path, body);
        Assert.True(code == actual, $"{call} gave {actual}: {answer.ToJsonString()}");
        Assert.Equal(("Status", "v1", "Failure", reason, code), (Text(answer, "kind"), Text(answer, "apiVersion"), Text(answer, "status"), Text(answer, "reason"), answer["code"]!.GetValue<int>()));
        var causes = answer["details"]?["causes"]?.AsArray() ?? [];
        Assert.Equal(fields.Order(StringComparer.Ordinal), causes.Select(cause => Text((JsonObject)cause!, "field")).Distinct().Order(StringComparer.Ordinal));
        Assert.All(causes, cause => Assert.NotEmpty(Text((JsonObject)cause!, "message")));
        Assert.Equal(before, await server.RevisionAsync());
        return Text(answer, "message");
    }

    private static string Text(JsonObject document, string name) => document[name]?.GetValue<string>() ?? "";
}
