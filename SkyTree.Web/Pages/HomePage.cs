using System.Text;
using System.Text.Encodings.Web;
using SkyTree.Web.Configuration;
using SkyTree.Web.Listeners;

namespace SkyTree.Web.Pages;

/// <summary>What a browser shows at <c>/</c>: which program this is, and where to connect.</summary>
internal static class HomePage
{
    public static IResult Show(ActiveListeners listeners)
    {
        StringBuilder items = new();
        foreach (string address in listeners.All.SelectMany(listener => listener.Addresses))
        {
            items.Append("<li><code>").Append(HtmlEncoder.Default.Encode(address)).Append("</code></li>");
        }

        return Results.Content(
            $"""
            <!doctype html>
            <html lang="en">
            <head><meta charset="utf-8"><title>SkyTree</title><link rel="icon" href="data:,"></head>
            <body>
            <h1>SkyTree {ProductVersion.Text}</h1>
            <p>An MQTT broker. It listens at:</p>
            <ul>{items}</ul>
            </body>
            </html>

            """,
            "text/html; charset=utf-8");
    }
}
