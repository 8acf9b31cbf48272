namespace SkyTree.AspNetCore.Portal.Hosting;

/// <summary>What every page tells the browser to refuse.</summary>
internal static class PageHeaders
{
    // Styles: MudBlazor writes its palette into a style element and sizes into style attributes, neither of which can carry a
    // nonce that a circuit's later changes would have; scripts have no such exception.
    private const string Policy =
        "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self'; "
        + "object-src 'none'; frame-src 'none'; frame-ancestors 'none'; base-uri 'self'; form-action 'self'; connect-src 'self'";

    public static Task AddAsync(HttpContext context, RequestDelegate next)
    {
        IHeaderDictionary headers = context.Response.Headers;
        // Older browsers do not take a WebSocket to the same host for 'self'.
        string sockets = context.Request.Host is { HasValue: true } host && Uri.CheckHostName(host.Host.Trim('[', ']')) != UriHostNameType.Unknown
            ? $" {(context.Request.IsHttps ? "wss" : "ws")}://{host.ToUriComponent()}"
            : "";
        headers.ContentSecurityPolicy = Policy + sockets;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "accelerometer=(), camera=(), geolocation=(), gyroscope=(), microphone=(), payment=(), usb=()";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers.XFrameOptions = "DENY";
        return next(context);
    }
}
