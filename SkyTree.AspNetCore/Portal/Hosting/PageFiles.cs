using Microsoft.AspNetCore.StaticAssets;

namespace SkyTree.AspNetCore.Portal.Hosting;

/// <summary>The files of the pages: scripts, styles, fonts. An application that hosts the broker has its own beside them, which are not served here.</summary>
internal static class PageFiles
{
    private static readonly string[] s_folders = ["_content/SkyTree.AspNetCore/", "_content/MudBlazor/", "_framework/"];

    public static void MapPageFiles(this WebApplication app)
    {
        // What the build says that there is; a program that is built without the web SDK has none, and no pages either.
        string manifest = Path.Combine(AppContext.BaseDirectory, $"{app.Environment.ApplicationName}.staticwebassets.endpoints.json");
        if (File.Exists(manifest))
        {
            app.MapStaticAssets(manifest).AllowAnonymous().Finally(HideOthers);
        }
    }

    private static void HideOthers(EndpointBuilder endpoint)
    {
        if (endpoint.Metadata.OfType<StaticAssetDescriptor>().FirstOrDefault() is { } file && !s_folders.Any(folder => file.Route.StartsWith(folder, StringComparison.Ordinal)))
        {
            endpoint.RequestDelegate = context =>
            {
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return Task.CompletedTask;
            };
        }
    }
}
