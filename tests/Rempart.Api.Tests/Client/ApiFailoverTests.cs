using System.Net;
using Rempart.Api.Client;

namespace Rempart.Api.Tests.Client;

/// <summary>Servers <c>a</c> and <c>b</c>, each of which answers, is not there, breaks off, or says 503.</summary>
public sealed class ApiFailoverTests
{
    private readonly List<string> _asked = [];
    private readonly Dictionary<string, Func<HttpResponseMessage>> _servers = new()
    {
        ["a"] = () => new HttpResponseMessage(HttpStatusCode.OK),
        ["b"] = () => new HttpResponseMessage(HttpStatusCode.OK),
    };

    [Fact]
    public async Task What_was_never_sent_goes_to_the_next_and_stays_there()
    {
        using var http = Client();
        await SendAsync(http, HttpMethod.Get);
        _servers["a"] = () => throw new HttpRequestException(HttpRequestError.ConnectionError, "nobody is there");
        Assert.Equal(HttpStatusCode.OK, await SendAsync(http, HttpMethod.Post));
        _servers["a"] = () => new HttpResponseMessage(HttpStatusCode.OK);
        await SendAsync(http, HttpMethod.Post);
        Assert.Equal(["GET a", "POST a", "POST b", "POST b"], _asked);
    }

    [Fact]
    public async Task What_may_have_been_done_is_not_sent_again_but_the_next_request_goes_elsewhere()
    {
        using var http = Client();
        _servers["a"] = () => throw new HttpRequestException(HttpRequestError.ResponseEnded, "it broke off");
        await Assert.ThrowsAsync<HttpRequestException>(() => SendAsync(http, HttpMethod.Post));
        Assert.Equal(HttpStatusCode.OK, await SendAsync(http, HttpMethod.Post));
        Assert.Equal(["POST a", "POST b"], _asked);
    }

    [Fact]
    public async Task A_server_without_its_store_is_left_by_reads_at_once_and_by_writes_the_next_time()
    {
        using var http = Client();
        _servers["a"] = () => new HttpResponseMessage(HttpStatusCode.ServiceUnavailable);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await SendAsync(http, HttpMethod.Post));
        Assert.Equal(HttpStatusCode.OK, await SendAsync(http, HttpMethod.Post));
        Assert.Equal(["POST a", "POST b"], _asked);

        _asked.Clear();
        using var other = Client();
        Assert.Equal(HttpStatusCode.OK, await SendAsync(other, HttpMethod.Get));
        Assert.Equal(["GET a", "GET b"], _asked);

        _servers["b"] = _servers["a"];
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await SendAsync(other, HttpMethod.Get));
    }

    private static async Task<HttpStatusCode> SendAsync(HttpClient http, HttpMethod method)
    {
        using var request = new HttpRequestMessage(method, "/x") { Content = method == HttpMethod.Post ? new StringContent("{}") : null };
        using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
        return response.StatusCode;
    }

    private HttpClient Client() => new(new ApiFailover([new Uri("https://a"), new Uri("https://b")], new Answers(request =>
    {
        _asked.Add($"{request.Method} {request.RequestUri!.Host}");
        return _servers[request.RequestUri.Host]();
    }))) { BaseAddress = new Uri("https://a") };

    private sealed class Answers(Func<HttpRequestMessage, HttpResponseMessage> answer) : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            await Task.Yield();
            return answer(request);
        }
    }
}
